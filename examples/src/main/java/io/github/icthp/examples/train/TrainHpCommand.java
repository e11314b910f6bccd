package io.github.icthp.examples.train;

import io.github.icthp.examples.console.Version;
import io.github.icthp.train.HpConfig;
import io.github.icthp.train.HpScope;
import io.github.icthp.train.HpTrainerBuilder;
import io.github.icthp.train.Trainers;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Trains HP. */
@Command(
        name = "hp",
        description = "Trains HP, half of a vision tower and a head: is the image good?",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class TrainHpCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TrainOptions options = new TrainOptions();

    @Mixin private StepOptions steps = new StepOptions();

    @Option(
            names = "--ict",
            paramLabel = "DIR",
            description = "trained ICT, which the joint term of --config released needs")
    private @Nullable String ict;

    @Option(
            names = "--head",
            paramLabel = "DIR",
            description = "a head to begin with; default: a fresh one")
    private @Nullable String head;

    @Option(
            names = "--scope",
            paramLabel = "PART",
            defaultValue = "latter_half",
            description =
                    "what is trained of the vision tower: latter_half, or vision_tower for a model"
                            + " that begins with random weights; default: ${DEFAULT-VALUE}")
    private HpScope scope = HpScope.LATTER_HALF;

    @Option(
            names = "--head-width",
            paramLabel = "N",
            description = "width of a fresh head's first layer; default: 1024, as released")
    private @Nullable Integer headWidth;

    @Override
    public Integer call() {
        return options.train(
                spec.commandLine(), data -> trainer().config(config(data.size().orElse(0))));
    }

    private HpTrainerBuilder trainer() {
        HpTrainerBuilder trainer = Trainers.hp();
        if (ict != null) {
            trainer.ict(TrainOptions.find(ict));
        }
        return head == null ? trainer : trainer.head(TrainOptions.find(head));
    }

    private HpConfig config(long triplets) {
        HpConfig config = options.isReleased() ? HpConfig.released() : HpConfig.paper();
        config = config.withScope(scope);
        if (headWidth != null) {
            config = config.withHiddenWidth(headWidth);
        }
        return config.withOptimizer(steps.on(config.optimizer(), triplets));
    }
}
