package io.github.icthp.examples;

import io.github.icthp.training.Metrics;

import picocli.CommandLine;

import java.util.Locale;

/** Tells how a fine-tuning run goes. */
final class FinetuneProgress extends ConsoleRunListener {

    FinetuneProgress(CommandLine command) {
        super(command, "fine-tuning");
    }

    @Override
    String step(Metrics metrics) {
        return String.format(Locale.ROOT, "reward %.4f", metrics.values().get("reward"));
    }

    @Override
    String evaluation(Metrics metrics) {
        return String.format(
                Locale.ROOT,
                "held-out reward %.4f, of the base model %.4f",
                metrics.values().get("reward"),
                metrics.values().get("base_reward"));
    }
}
