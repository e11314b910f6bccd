package io.github.icthp.examples.finetune;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.PipelineShape;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKConfig.Sampling;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How pictures are made while fine-tuning, and which steps are differentiated. */
final class RolloutOptions {

    /** What FLUX.1-dev was distilled for. */
    private static final double DISTILLED_GUIDANCE = 3.5;

    @Option(
            names = "--steps",
            paramLabel = "T",
            description = "denoising steps of a picture; default: 8, FLUX.1 4")
    private @Nullable Integer steps;

    @ArgGroup(validate = false)
    private UnrollingOptions unrolling = new UnrollingOptions();

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description = "FLUX.1-dev's distilled guidance; default: 3.5")
    private @Nullable Double guidance;

    @Option(
            names = "--checkpointing",
            paramLabel = "POLICY",
            description =
                    "none (fastest), step, or block (least memory); --plan tells what each needs;"
                            + " default: block")
    private @Nullable RolloutCheckpointing checkpointing;

    @Option(names = "--seed", paramLabel = "N", description = "default: 0")
    private @Nullable Long seed;

    /** Applies what was given, for pictures of a size. */
    DraftKConfig on(DraftKConfig paper, DiffusionPipeline pipeline, ImageSize size) {
        Sampling s = paper.sampling();
        boolean guided = pipeline.parts().shape().filter(PipelineShape::guided).isPresent();
        double usual = guided ? DISTILLED_GUIDANCE : s.guidance();
        DraftKConfig.Builder config =
                DraftKConfig.from(paper)
                        .steps(steps == null ? s.steps() : steps)
                        .unrolling(unrolling.or(s.unrolling()))
                        .size(size.width(), size.height())
                        .guidance(guidance == null ? usual : guidance);
        if (checkpointing != null) {
            config.checkpointing(checkpointing);
        }
        return (seed == null ? config : config.seed(seed)).build();
    }
}
