package io.github.icthp.examples.finetune;

import io.github.icthp.WeightedReward;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.input.PromptFile;
import io.github.icthp.examples.options.RewardSpec;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What watches a run, and what it keeps. */
final class GuardOptions {

    @Option(
            names = "--held-out",
            paramLabel = "FILE",
            description = "prompts to evaluate on and never to train on")
    private @Nullable Path heldOut;

    @Option(
            names = "--judge",
            paramLabel = RewardSpec.FORM,
            converter = RewardSpec.Converter.class,
            description =
                    "a scorer, spelled as for --reward, that judges held-out prompts and is never"
                            + " optimized; repeatable, a weighted sum; default: what is optimized")
    private @Nullable List<RewardSpec> judges;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "optimizer steps between looks at held-out prompts; default: 100")
    private @Nullable Long evaluateEvery;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description =
                    "stop after as many evaluations in which the held-out reward fell while the"
                            + " trained one rose; default: never")
    private @Nullable Integer patience;

    @Option(
            names = "--drift",
            paramLabel = "W",
            description = "weight of the penalty on leaving the base model; default: 0")
    private @Nullable Double drift;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            description = "optimizer steps between checkpoints; default: 100")
    private @Nullable Long saveEvery;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "how many checkpoints stay, beside the best; default: 2")
    private @Nullable Integer keep;

    /** Returns what judges held-out prompts in place of what is optimized. */
    List<RewardSpec> judges() {
        return judges == null ? List.of() : judges;
    }

    /** Names the held-out prompts, if there are any, and who judges them, and when. */
    void holdOut(DraftKBuilder run, Optional<WeightedReward> judge) {
        on(run);
        if (heldOut != null) {
            List<String> prompts = PromptFile.read(heldOut);
            judge.ifPresentOrElse(other -> run.heldOut(prompts, other), () -> run.heldOut(prompts));
        } else if (judge.isPresent()) {
            throw new UnusableException(
                    "--judge needs --held-out FILE, the prompts to judge pictures of");
        } else if (evaluateEvery != null) {
            throw new UnusableException(
                    "--evaluate-every needs --held-out FILE, the prompts to evaluate on");
        }
    }

    /** Applies what was given to the settings. */
    DraftKConfig.Builder on(DraftKConfig.Builder config) {
        return drift == null ? config : config.drift(drift);
    }

    /** Applies what was given to the run. */
    private void on(DraftKBuilder run) {
        if (evaluateEvery != null) {
            run.evaluateEvery(evaluateEvery);
        }
        if (saveEvery != null) {
            run.saveEvery(saveEvery);
        }
        if (keep != null) {
            run.keep(keep);
        }
        if (patience != null) {
            run.patience(patience);
        }
    }
}
