package io.github.icthp.examples.miniature;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.RunLines;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.world.MiniatureConfig;
import io.github.icthp.examples.world.MiniatureTraining;

import org.jspecify.annotations.Nullable;

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
        versionProvider = Version.class)
public final class MiniatureCommand implements Callable<Integer> {

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

    @Option(
            names = "--clip",
            paramLabel = "DIR",
            description =
                    "a CLIP to begin with, the folder base of an earlier training's models; it is"
                            + " trained first if this is not given")
    private @Nullable Path clip;

    @Option(names = "--clip-steps", paramLabel = "N", description = "of CLIP, if not as shipped")
    private @Nullable Long clipSteps;

    @Option(names = "--ict-steps", paramLabel = "N", description = "of ICT, if not as shipped")
    private @Nullable Long ictSteps;

    @Option(names = "--hp-steps", paramLabel = "N", description = "of HP, if not as shipped")
    private @Nullable Long hpSteps;

    @Option(
            names = "--labeled",
            paramLabel = "N",
            description = "triplets that ICT is trained on, if not as shipped")
    private @Nullable Integer labeled;

    @Option(
            names = "--validation",
            paramLabel = "N",
            description = "triplets that training is watched by, if not as shipped")
    private @Nullable Integer validation;

    @Override
    public Integer call() {
        PrintWriter told = spec.commandLine().getOut();
        MiniatureTraining training = new MiniatureTraining(out, seed, config(), new RunLines(told));
        Path packed = clip == null ? training.all() : training.allFrom(clip);
        told.println("packed in " + packed);
        told.flush();
        return ExitCode.DONE;
    }

    private MiniatureConfig config() {
        MiniatureConfig shipped = MiniatureConfig.shipped();
        return new MiniatureConfig(
                clipSteps == null ? shipped.clipSteps() : clipSteps,
                ictSteps == null ? shipped.ictSteps() : ictSteps,
                hpSteps == null ? shipped.hpSteps() : hpSteps,
                labeled == null ? shipped.labeled() : labeled,
                validation == null ? shipped.validation() : validation);
    }
}
