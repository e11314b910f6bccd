package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.PipelineShape;
import io.github.icthp.diffusion.draft.DraftKConfig.Sampling;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.PictureSizes;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A pipeline as DRaFT-K tunes it: prompts are encoded once, before the transformer is needed. */
final class PipelineModel implements DraftModel {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(PipelineModel.class, "draft.torchscript");

    private final DiffusionPipeline pipeline;
    private final Supplier<Map<String, String>> hashes;
    private @Nullable EncodedPrompts encoded;

    PipelineModel(DiffusionPipeline pipeline) {
        this.pipeline = pipeline;
        this.hashes = Suppliers.memoize(pipeline.parts()::weightHashes);
    }

    @Override
    public void begin(List<String> prompts) {
        end();
        encoded = EncodedPrompts.of(pipeline, prompts, guidesClassifierFree());
    }

    /** Shares the prompts that another model of the run has encoded, which ends after this one. */
    void beginWith(PipelineModel other) {
        end();
        encoded = other.encoded().on(device());
    }

    @Override
    public void end() {
        if (encoded != null) {
            encoded.close();
            encoded = null;
        }
    }

    @Override
    public Device device() {
        return pipeline.parts().device();
    }

    @Override
    public Denoiser transformer() {
        return pipeline.transformer();
    }

    @Override
    public LatentCodec codec() {
        return pipeline.codec();
    }

    @Override
    public DType type() {
        return pipeline.parts().type();
    }

    @Override
    public DenoisingSchedule schedule(int steps, int width, int height) {
        pipeline.requireSize(width, height);
        return pipeline.schedule(steps, width, height);
    }

    @Override
    public boolean guidesClassifierFree() {
        return pipeline.parts().family().denoiser().equals("unet");
    }

    @Override
    public Conditioning encode(List<String> prompts, DraftKConfig.Sampling sampling) {
        if (!guidesClassifierFree()) {
            return encode(prompts, sampling.guidance());
        }
        Conditioning found =
                sampling.guidance() > 1
                        ? encoded().batchWithNegatives(prompts)
                        : encoded().batch(prompts);
        return found.withSizes(List.of(PictureSizes.of(sampling.width(), sampling.height())));
    }

    private EncodedPrompts encoded() {
        Preconditions.checkState(
                encoded != null, "DraftK: prompts are encoded by begin(), which was not called");
        return encoded;
    }

    @Override
    public Conditioning encode(List<String> prompts, double guidance) {
        Conditioning found = encoded().batch(prompts);
        boolean guided = transformer() instanceof FluxTransformer flux && flux.config().guided();
        checkGuidance(guided, guidance);
        return guided ? found.withGuidance((float) guidance) : found;
    }

    private void checkGuidance(boolean guided, double guidance) {
        Preconditions.checkArgument(
                guided || guidance == 0,
                "DraftK: %s takes no distilled guidance; leave the scale at 0, got %s",
                pipeline.parts().name(),
                guidance);
    }

    @Override
    public void check(DraftKConfig config) {
        Sampling sampling = config.sampling();
        if (guidesClassifierFree()) {
            // Refuses samplers that cannot be differentiated.
            schedule(sampling.steps(), sampling.width(), sampling.height()).linearStep(0);
        }
        pipeline.parts()
                .shape()
                .ifPresent(
                        shape -> {
                            shape.requireSize(sampling.width(), sampling.height());
                            checkGuidance(
                                    shape.guided() || guidesClassifierFree(), sampling.guidance());
                        });
    }

    @Override
    public Optional<Map<String, LinearShape>> linears() {
        return pipeline.parts().shape().map(PipelineShape::linears);
    }

    @Override
    public NDArray noise(long[] seeds, int width, int height) {
        try (TensorScope scope = TensorScope.open(device())) {
            List<NDArray> each =
                    Arrays.stream(seeds)
                            .mapToObj(seed -> pipeline.noise(seed, width, height))
                            .toList();
            return scope.keep(PROGRAM.call("join", each));
        }
    }

    @Override
    public Optional<MemoryPlan> memory(DraftKConfig config) {
        return MemoryPlanner.of(pipeline.parts()).map(planner -> planner.plan(config));
    }

    @Override
    public Map<String, String> weightHashes() {
        return hashes.get();
    }
}
