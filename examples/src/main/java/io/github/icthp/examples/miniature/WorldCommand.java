package io.github.icthp.examples.miniature;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.WorldSplit;
import io.github.icthp.train.data.PickHighLayout;
import io.github.icthp.train.data.PickHighWriter;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Writes drawn triplets as the released data set is laid out. */
@Command(
        name = "world",
        description =
                "Draws preference triplets and writes them in Pick-High's layout, unlabeled: a data"
                        + " set to try training and evaluation on, without any download.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class WorldCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "where to")
    private Path out = Path.of("");

    @Option(
            names = "--train",
            paramLabel = "N",
            defaultValue = "1000",
            description = "training triplets; 0 for none (default ${DEFAULT-VALUE})")
    private int train;

    @Option(
            names = "--validation",
            paramLabel = "N",
            defaultValue = "200",
            description = "validation triplets (default ${DEFAULT-VALUE})")
    private int validation;

    @Option(
            names = "--test",
            paramLabel = "N",
            defaultValue = "200",
            description = "test triplets (default ${DEFAULT-VALUE})")
    private int test;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "equal seeds draw equal worlds (default ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--side",
            paramLabel = "N",
            defaultValue = "64",
            description = "the pictures' side in pixels, at least 32 (default ${DEFAULT-VALUE})")
    private int side;

    @Override
    public Integer call() throws IOException {
        DrawnWorld world = DrawnWorld.seed(seed).side(side);
        write(world.split(Split.TRAIN), Split.TRAIN, train);
        write(world.split(Split.VAL), Split.VAL, validation);
        write(world.split(Split.TEST), Split.TEST, test);
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%d, %d and %d triplets in %s%n",
                        train,
                        validation,
                        test,
                        out);
        spec.commandLine().getOut().flush();
        return ExitCode.DONE;
    }

    private void write(WorldSplit part, Split split, int rows) throws IOException {
        if (rows < 1) {
            return;
        }
        PickHighLayout layout = PickHighLayout.of(out, split, "parquet");
        try (PickHighWriter writer = PickHighWriter.unlabeled(layout)) {
            Iterator<PreferenceTriplet> triplets = part.first(rows).stream(0).iterator();
            while (triplets.hasNext()) {
                writer.write(triplets.next());
            }
            writer.finish();
        }
    }
}
