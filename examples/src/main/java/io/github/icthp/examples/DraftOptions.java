package io.github.icthp.examples;

import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.draft.Checkpointing;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKConfig.Sampling;
import io.github.icthp.diffusion.draft.Unrolling;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How pictures are made while fine-tuning, and which steps are differentiated. */
final class DraftOptions {

    @Option(
            names = "--steps",
            paramLabel = "T",
            description = "denoising steps of a picture; default: 8, FLUX.1 4")
    private @Nullable Integer steps;

    @Option(
            names = "--k",
            paramLabel = "K",
            description = "differentiate the last K of them; default: 3, FLUX.1 1")
    private @Nullable Integer k;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = ImageSizeConverter.class,
            description = "in pixels, multiples of 16; default: the model's own")
    private @Nullable ImageSize size;

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description = "FLUX.1-dev's distilled guidance; default: none")
    private @Nullable Double guidance;

    @Option(
            names = "--checkpointing",
            paramLabel = "POLICY",
            description =
                    "none (fastest), step, or block (least memory); --plan tells what each needs;"
                            + " default: block")
    private @Nullable Checkpointing checkpointing;

    @Option(names = "--seed", paramLabel = "N", description = "default: 0")
    private @Nullable Long seed;

    @Mixin private UpdateOptions updates = new UpdateOptions();

    /** Applies what was given to the paper's settings. */
    DraftKConfig on(DraftKConfig paper, int side) {
        Sampling s = paper.sampling();
        ImageSize wanted = size == null ? new ImageSize(side, side) : size;
        Unrolling unrolling = k == null ? s.unrolling() : new Unrolling.LastK(k);
        DraftKConfig config =
                paper.with(
                        new Sampling(
                                steps == null ? s.steps() : steps,
                                unrolling,
                                wanted.width(),
                                wanted.height(),
                                guidance == null ? s.guidance() : guidance,
                                s.clamp()));
        if (checkpointing != null) {
            config = config.with(checkpointing);
        }
        return updates.on(seed == null ? config : config.withSeed(seed));
    }
}
