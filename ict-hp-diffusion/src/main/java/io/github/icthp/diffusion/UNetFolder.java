package io.github.icthp.diffusion;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.NoiseScheduler;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.text.SdPromptEncoder;
import io.github.icthp.diffusion.text.SdxlPromptEncoder;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A folder of SD1.5, SD2 or SDXL. */
record UNetFolder(PipelineFolder parts) implements FamilyFolder {

    /** CLIP's context. */
    private static final int TEXT_TOKENS = 77;

    UNetFolder {
        Preconditions.checkArgument(
                parts.settings().textLength().isEmpty(),
                "DiffusionPipeline: textLength is T5's, and %s has none; leave it out",
                parts.settings().folder());
    }

    private boolean isXl() {
        return parts.family() == ModelFamily.SDXL;
    }

    private UNetConfig config() {
        UNetConfig config = UNetConfig.read(parts.denoiserConfig());
        Preconditions.checkArgument(
                config.channels() == parts.vae().latentChannels(),
                "DiffusionPipeline: %s: expected in_channels %s, the latents' channels, got %s:"
                        + " models for inpainting, upscaling or editing are not supported",
                parts.denoiserConfig(),
                parts.vae().latentChannels(),
                config.channels());
        Preconditions.checkArgument(
                config.added().isPresent() == isXl(),
                "DiffusionPipeline: %s: expected addition_embed_type %s in a pipeline of %s",
                parts.denoiserConfig(),
                isXl() ? "text_time" : "null",
                parts.family().title());
        return config;
    }

    @Override
    public Optional<String> sampling() {
        NoiseScheduler chosen = chosen();
        String name = chosen.method().name().toLowerCase(Locale.ROOT);
        String karras = chosen.karras() ? "_karras" : "";
        return Optional.of(name + karras + (chosen.eta() == 0 ? "" : ", eta " + chosen.eta()));
    }

    @Override
    public Scheduler scheduler() {
        NoiseScheduler chosen = chosen();
        return (steps, imageTokens) -> chosen.schedule(steps);
    }

    private NoiseScheduler chosen() {
        PipelineBuilder settings = parts.settings();
        NoiseScheduler read =
                settings.scheduler()
                        .map(name -> NoiseScheduler.read(parts.schedulerConfig(), name))
                        .orElseGet(() -> NoiseScheduler.read(parts.schedulerConfig()));
        return settings.eta() == 0 ? read : read.withEta(settings.eta());
    }

    @Override
    public PipelineShape shape() {
        return new PipelineShape(
                parts.vae().factor(), PipelineShape.UNLIMITED, false, UNet.linears(config()));
    }

    @Override
    public int textTokens() {
        return TEXT_TOKENS;
    }

    @Override
    public Map<String, Boolean> textEncoders() {
        return isXl()
                ? Map.of("text_encoder", false, "text_encoder_2", true)
                : Map.of("text_encoder", false);
    }

    @Override
    public PromptEncoder prompts(Opening opening) {
        int skip = parts.settings().clipSkip();
        return isXl()
                ? new SdxlPromptEncoder(
                        opening.add(() -> parts.clip("")),
                        opening.add(() -> parts.clip("_2")),
                        skip,
                        parts.index().flag("force_zeros_for_empty_prompt", true))
                : new SdPromptEncoder(opening.add(() -> parts.clip("")), skip);
    }

    @Override
    public Denoiser load(Weights weights, Device device, DType type) {
        UNetConfig config = config();
        return UNet.load(config, SingleFile.unet(weights, config), device, type, Memory.MAPPED);
    }

    @Override
    public void check(Weights weights) {
        UNetConfig config = config();
        Weights named = SingleFile.unet(weights, config);
        UNet.check(config, TransformerFile.shapes(named), named.source());
    }
}
