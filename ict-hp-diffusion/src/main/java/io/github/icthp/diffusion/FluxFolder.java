package io.github.icthp.diffusion;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxOriginalLayout;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.text.FluxPromptEncoder;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.Map;

/** A folder of FLUX.1. */
record FluxFolder(PipelineFolder parts) implements FamilyFolder {

    /** FLUX.1-schnell was distilled with shorter prompts than FLUX.1-dev. */
    private static final int UNGUIDED_LENGTH = 256;

    FluxFolder {
        Preconditions.checkArgument(
                parts.settings().usesT5(),
                "DiffusionPipeline: %s is a FLUX model, which cannot do without T5; only SD3 can",
                parts.settings().folder());
    }

    private FluxConfig config() {
        return FluxConfig.read(parts.denoiserConfig());
    }

    @Override
    public Scheduler scheduler() {
        return new FlowMatchEulerScheduler(FlowMatchConfig.read(parts.schedulerConfig()))::fromOne;
    }

    @Override
    public PipelineShape shape() {
        FluxConfig config = config();
        return new PipelineShape(
                parts.vae().factor() * ModelFamily.PATCH,
                PipelineShape.UNLIMITED,
                config.guided(),
                FluxTransformer.linears(config));
    }

    @Override
    public int textTokens() {
        return parts.settings()
                .textLength()
                .orElse(config().guided() ? FluxPromptEncoder.DEFAULT_LENGTH : UNGUIDED_LENGTH);
    }

    @Override
    public Map<String, Boolean> textEncoders() {
        return Map.of("text_encoder", false);
    }

    @Override
    public PromptEncoder prompts(Opening opening) {
        return new FluxPromptEncoder(
                opening.add(() -> parts.clip("")), opening.add(() -> parts.t5("_2")), textTokens());
    }

    @Override
    public Denoiser load(Weights weights, Device device, DType type) {
        return FluxTransformer.load(config(), weights, device, type, Memory.MAPPED);
    }

    @Override
    public void check(Weights weights) {
        Weights named = FluxOriginalLayout.translate(weights);
        FluxTransformer.check(config(), TransformerFile.shapes(named), named.source());
    }
}
