package io.github.icthp.examples.train;

import io.github.icthp.examples.console.Version;
import io.github.icthp.train.IctConfig;
import io.github.icthp.train.Trainers;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Trains ICT. */
@Command(
        name = "ict",
        description = "Trains ICT, all weights of a CLIP model: does the image contain the text?",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class TrainIctCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TrainOptions options = new TrainOptions();

    @Mixin private StepOptions steps = new StepOptions();

    @Option(
            names = "--negatives-across",
            description =
                    "contrast every text with the images of all batches of a step; every batch is"
                            + " then encoded twice")
    private boolean negativesAcross;

    @Override
    public Integer call() {
        return options.trainOnLabels(
                spec.commandLine(), data -> Trainers.ict().config(config(data.size().orElse(0))));
    }

    private IctConfig config(long triplets) {
        IctConfig config = options.isReleased() ? IctConfig.released() : IctConfig.paper();
        if (negativesAcross) {
            config = config.withNegativesAcrossAccumulation();
        }
        return config.withOptimizer(steps.on(config.optimizer(), triplets));
    }
}
