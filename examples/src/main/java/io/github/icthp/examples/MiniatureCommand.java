package io.github.icthp.examples;

import io.github.icthp.run.Metrics;
import io.github.icthp.run.RunListener;
import io.github.icthp.run.RunProgress;
import io.github.icthp.run.RunRecord;
import io.github.icthp.train.world.MiniatureConfig;
import io.github.icthp.train.world.MiniatureTraining;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Makes the miniature models anew. */
@Command(
        name = "miniature",
        description =
                "Trains a miniature CLIP, ICT and HP from random"
                        + " weights on drawn pictures; what is there already goes on where it"
                        + " stopped.",
        mixinStandardHelpOptions = true,
        versionProvider = IctHp.Version.class)
final class MiniatureCommand implements Callable<Integer> {

    /** Steps between two lines of progress. */
    private static final long TOLD = 50;

    @Spec private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "the runs' folder; the models are packed in DIR/miniature")
    private Path out = Path.of("");

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "of weights, order and world")
    private long seed;

    @Override
    public Integer call() {
        PrintWriter told = spec.commandLine().getOut();
        Path packed =
                new MiniatureTraining(out, seed, MiniatureConfig.shipped(), new Lines(told)).all();
        told.println("packed in " + packed);
        told.flush();
        return IctHp.DONE;
    }

    /** A line now and then. */
    private record Lines(PrintWriter out) implements RunListener {

        @Override
        public void started(RunRecord record, long step, long total) {
            say("%s from step %d of %d".formatted(record.kind(), step, total));
        }

        @Override
        public void stepped(Metrics metrics, RunProgress progress) {
            if (metrics.step() % TOLD == 0) {
                say("step %d: loss %.4f".formatted(metrics.step(), metrics.values().get("loss")));
            }
        }

        @Override
        public void evaluated(Metrics metrics) {
            say("validation: " + metrics.values());
        }

        private void say(String line) {
            out.println(line);
            out.flush();
        }
    }
}
