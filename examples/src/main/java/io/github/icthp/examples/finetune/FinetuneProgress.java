package io.github.icthp.examples.finetune;

import io.github.icthp.examples.console.ConsoleRunListener;
import io.github.icthp.training.Metrics;

import picocli.CommandLine;

import java.util.Locale;

/** Tells how a fine-tuning run goes. */
final class FinetuneProgress extends ConsoleRunListener {

    FinetuneProgress(CommandLine command) {
        super(command, "fine-tuning");
    }

    @Override
    protected String step(Metrics metrics) {
        return String.format(Locale.ROOT, "reward %.4f", metrics.values().get("reward"));
    }

    @Override
    protected String evaluation(Metrics metrics) {
        String rewarded = compared("held-out reward", "reward", metrics);
        return metrics.values().containsKey("held_out_reward")
                ? rewarded + "; " + compared("judged", "held_out_reward", metrics)
                : rewarded;
    }

    private static String compared(String what, String name, Metrics metrics) {
        return String.format(
                Locale.ROOT,
                "%s %.4f, of the base model %.4f",
                what,
                metrics.values().get(name),
                metrics.values().get("base_" + name));
    }
}
