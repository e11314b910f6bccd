package io.github.icthp.examples.finetune;

import io.github.icthp.WeightedReward;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.PipelineShape;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.examples.options.RewardSpec;

import picocli.CommandLine.ArgGroup;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that has a number in a DRaFT-K run. */
final class DraftOptions {

    @ArgGroup(validate = false, heading = "Pictures while tuning:%n", order = 1)
    private RolloutOptions rollouts = new RolloutOptions();

    @ArgGroup(validate = false, heading = "The adapter:%n", order = 2)
    private AdapterOptions adapter = new AdapterOptions();

    @ArgGroup(validate = false, heading = "Optimizer:%n", order = 3)
    private UpdateOptions updates = new UpdateOptions();

    @ArgGroup(validate = false, heading = "Evaluation and checkpoints:%n", order = 4)
    private GuardOptions guards = new GuardOptions();

    /** Applies what was given to the paper's settings for a model. */
    DraftKConfig on(DiffusionPipeline pipeline, Optional<ImageSize> size) {
        int side = pipeline.parts().side();
        DraftKConfig paper =
                switch (pipeline.parts().family()) {
                    case SD3 -> DraftKConfig.paper();
                    case FLUX -> DraftKConfig.paperFluxSchnell();
                    case SD15, SDXL -> DraftKConfig.draftSd14();
                };
        DraftKConfig config = rollouts.on(paper, pipeline, size.orElse(new ImageSize(side, side)));
        Map<String, LinearShape> linears =
                pipeline.parts().shape().map(PipelineShape::linears).orElse(Map.of());
        DraftKConfig.Builder builder =
                DraftKConfig.from(config)
                        .lora(adapter.on(config.lora(), linears))
                        .optimizer(updates::on);
        return guards.on(builder).build();
    }

    /** Returns what judges held-out prompts in place of what is optimized. */
    List<RewardSpec> judges() {
        return guards.judges();
    }

    /** Names what a run begins with, is evaluated on and judged by. */
    void describe(DraftKBuilder run, Optional<WeightedReward> judge) {
        adapter.beginWith(run);
        guards.holdOut(run, judge);
    }
}
