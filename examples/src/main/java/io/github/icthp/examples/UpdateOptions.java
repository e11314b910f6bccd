package io.github.icthp.examples;

import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKConfig.Guards;
import io.github.icthp.diffusion.draft.DraftKConfig.Optimisation;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.optim.LrSchedule;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.util.List;

/** How adapters are moved while fine-tuning, and what watches the run. */
final class UpdateOptions {

    @Option(
            names = "--iterations",
            paramLabel = "N",
            description = "optimiser steps; default: 3000, as the paper's")
    private @Nullable Long iterations;

    @Option(names = "--batch", paramLabel = "N", description = "pictures made together; default: 1")
    private @Nullable Integer batch;

    @Option(
            names = "--accumulation",
            paramLabel = "N",
            description =
                    "batches of one optimiser step; default: as many as the paper had GPUs, 40 and"
                            + " for FLUX.1 32")
    private @Nullable Integer accumulation;

    @Option(names = "--rate", paramLabel = "R", description = "learning rate; default: 5e-6")
    private @Nullable Double rate;

    @Option(names = "--warm-up", paramLabel = "N", description = "its warm-up steps; default: 0")
    private @Nullable Long warmUp;

    @Option(
            names = "--average",
            paramLabel = "D",
            description =
                    "decay of the adapter's moving average, which is then saved; default: off")
    private @Nullable Double average;

    @Option(names = "--rank", paramLabel = "R", description = "the adapter's rank; default: 32")
    private @Nullable Integer rank;

    @Option(names = "--alpha", paramLabel = "A", description = "its alpha; default: the rank")
    private @Nullable Double alpha;

    @Option(
            names = "--targets",
            paramLabel = "NAME",
            split = ",",
            description = "layers to adapt; default: to_q,to_k,to_v,to_out.0")
    private @Nullable List<String> targets;

    @Option(
            names = "--drift",
            paramLabel = "W",
            description = "weight of the penalty on leaving the base model; default: 0")
    private @Nullable Double drift;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "optimiser steps between looks at held-out prompts; default: 100")
    private @Nullable Long evaluateEvery;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            description = "optimiser steps between checkpoints; default: 100")
    private @Nullable Long saveEvery;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description =
                    "stop after as many evaluations in which the held-out reward fell while the"
                            + " trained one rose; default: never")
    private @Nullable Integer patience;

    /** Applies what was given. */
    DraftKConfig on(DraftKConfig config) {
        return config.with(optimisation(config.optimisation()))
                .with(lora(config.lora()))
                .with(guards(config.guards()));
    }

    private Optimisation optimisation(Optimisation o) {
        double peak = rate == null ? o.rate().peak() : rate;
        return new Optimisation(
                iterations == null ? o.iterations() : iterations,
                batch == null ? o.batch() : batch,
                accumulation == null ? o.accumulation() : accumulation,
                LrSchedule.constant(peak, warmUp == null ? o.rate().warmUp() : warmUp),
                o.adamW(),
                o.weightDecay(),
                o.maxNorm(),
                average == null ? o.average() : average);
    }

    private LoraConfig lora(LoraConfig standard) {
        LoraConfig config = rank == null ? standard : LoraConfig.rank(rank);
        if (alpha != null) {
            config = config.withAlpha(alpha);
        }
        return targets == null ? config : config.withTargets(LoraTargets.of(targets));
    }

    private Guards guards(Guards g) {
        return new Guards(
                drift == null ? g.drift() : drift,
                evaluateEvery == null ? g.evaluateEvery() : evaluateEvery,
                saveEvery == null ? g.saveEvery() : saveEvery,
                g.keep(),
                patience == null ? g.patience() : patience);
    }
}
