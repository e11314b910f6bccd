package io.github.icthp.diffusion;

import ai.djl.Device;

import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3OriginalLayout;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.text.ClipPromptEncoder;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.text.Sd3PromptEncoder;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.Map;

/** A folder of SD3 or SD3.5. */
record Sd3Folder(PipelineFolder parts) implements FamilyFolder {

    /** Prompts are as many tokens of CLIP, and then T5's. */
    private static final int CLIP_TOKENS = 77;

    private Sd3Config config() {
        return Sd3Config.read(parts.denoiserConfig());
    }

    @Override
    public Scheduler scheduler() {
        return new FlowMatchEulerScheduler(FlowMatchConfig.read(parts.schedulerConfig()))
                ::betweenTrainingEnds;
    }

    @Override
    public PipelineShape shape() {
        Sd3Config config = config();
        int factor = parts.vae().factor();
        return new PipelineShape(
                factor * ModelFamily.PATCH,
                config.positionSide() * config.patch() * factor,
                false,
                Sd3Transformer.linears(config));
    }

    @Override
    public int textTokens() {
        return CLIP_TOKENS + options().length();
    }

    @Override
    public Map<String, Boolean> textEncoders() {
        return Map.of("text_encoder", true, "text_encoder_2", true);
    }

    private Sd3PromptEncoder.Options options() {
        int standard = Sd3PromptEncoder.Options.DEFAULT.length();
        PipelineBuilder settings = parts.settings();
        return new Sd3PromptEncoder.Options(
                settings.textLength().orElse(standard), settings.clipSkip());
    }

    @Override
    public PromptEncoder prompts(Opening opening) {
        ClipPromptEncoder first = opening.add(() -> parts.clip(""));
        ClipPromptEncoder second = opening.add(() -> parts.clip("_2"));
        if (parts.settings().usesT5() && parts.isThere("text_encoder_3")) {
            return Sd3PromptEncoder.of(first, second, opening.add(() -> parts.t5("_3")), options());
        }
        return Sd3PromptEncoder.withoutT5(first, second, config().tokenWidth(), options());
    }

    @Override
    public Denoiser load(Weights weights, Device device, DType type) {
        return Sd3Transformer.load(config(), weights, device, type, Memory.MAPPED);
    }

    @Override
    public void check(Weights weights) {
        Weights named = Sd3OriginalLayout.translate(weights);
        Sd3Transformer.check(config(), TransformerFile.shapes(named), named.source());
    }
}
