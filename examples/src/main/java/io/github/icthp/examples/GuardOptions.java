package io.github.icthp.examples;

import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKConfig.Guards;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** What watches a run, and what it keeps. */
final class GuardOptions {

    @Option(
            names = "--held-out",
            paramLabel = "FILE",
            description = "prompts to evaluate on and never to train on")
    private @Nullable Path heldOut;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "optimiser steps between looks at held-out prompts; default: 100")
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
            description = "optimiser steps between checkpoints; default: 100")
    private @Nullable Long saveEvery;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "how many checkpoints stay, beside the best; default: 2")
    private @Nullable Integer keep;

    /** Names the held-out prompts, if there are any. */
    void holdOut(DraftKBuilder run) {
        if (heldOut != null) {
            run.heldOut(PromptFile.read(heldOut));
        } else if (evaluateEvery != null) {
            throw new UnusableException(
                    "--evaluate-every needs --held-out FILE, the prompts to evaluate on");
        }
    }

    /** Applies what was given. */
    Guards on(Guards g) {
        return new Guards(
                drift == null ? g.drift() : drift,
                evaluateEvery == null ? g.evaluateEvery() : evaluateEvery,
                saveEvery == null ? g.saveEvery() : saveEvery,
                keep == null ? g.keep() : keep,
                patience == null ? g.patience() : patience);
    }
}
