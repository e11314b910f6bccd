package io.github.icthp.examples.miniature;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.StepLines;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.pretraining.FlowMatchingResult;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Trains the miniature diffusion model anew. */
@Command(
        name = "pretrain",
        description =
                "Trains the miniature diffusion model from scratch on pictures of the drawn world, as"
                        + " the one in the library was made.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class PretrainCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "the run's folder; its miniature/ holds weights, record and losses")
    private Path out = Path.of("");

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "" + Pretraining.STEPS,
            description = "optimizer steps; default: ${DEFAULT-VALUE}")
    private long iterations;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "" + Pretraining.SEED,
            description = "of weights, noise and world; default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--resume", description = "go on from the last checkpoint in --out, if any")
    private boolean resume;

    @Override
    public Integer call() {
        PrintWriter told = spec.commandLine().getOut();
        FlowMatchingResult result =
                new Pretraining(iterations, seed)
                        .run(out, resume, new StepLines(told, "pretraining", "loss"));
        Path written = PretrainedFiles.write(out);
        told.printf(
                Locale.ROOT,
                "%d steps, held-out loss %.4f%nweights, record and losses: %s%n",
                result.steps(),
                result.heldOutLoss(),
                written);
        told.flush();
        return ExitCode.DONE;
    }
}
