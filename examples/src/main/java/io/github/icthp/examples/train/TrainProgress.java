package io.github.icthp.examples.train;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.examples.console.ConsoleRunListener;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunRecord;

import picocli.CommandLine;

import java.util.Locale;
import java.util.Map;

/** Tells how the training of a reward model goes, and what is trained in it. */
final class TrainProgress extends ConsoleRunListener {

    TrainProgress(CommandLine command) {
        super(command, "training");
    }

    @Override
    public void started(RunRecord record, long step, long steps) {
        for (String kind : new String[] {"trained", "frozen"}) {
            JsonObject parts = record.config().getAsJsonObject(kind);
            long sum = 0;
            for (Map.Entry<String, JsonElement> part : parts.entrySet()) {
                long count = part.getValue().getAsLong();
                sum += count;
                say(String.format(Locale.ROOT, "%-8s%,15d  %s", kind, count, part.getKey()));
            }
            say(String.format(Locale.ROOT, "%-8s%,15d  in all", kind, sum));
        }
        super.started(record, step, steps);
    }

    @Override
    protected String step(Metrics metrics) {
        return String.format(
                Locale.ROOT,
                "loss %.4f  rate %.2e",
                metrics.values().get("loss"),
                metrics.values().get("learning_rate"));
    }

    @Override
    protected String evaluation(Metrics metrics) {
        Double loss = metrics.values().get("loss");
        return String.format(
                Locale.ROOT,
                "validation: pair accuracy %.2f %%%s",
                100 * metrics.values().get("pair_accuracy"),
                loss == null ? "" : String.format(Locale.ROOT, ", loss %.4f", loss));
    }
}
