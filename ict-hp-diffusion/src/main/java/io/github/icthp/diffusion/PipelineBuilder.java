package io.github.icthp.diffusion;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.lora.UnappliedTensors;
import io.github.icthp.diffusion.vae.VaeTiling;
import io.github.icthp.report.Warnings;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Settings of a {@link DiffusionPipeline} that is loaded from a folder; every one is optional. */
public final class PipelineBuilder {

    private final Path folder;
    private Device device = Device.cpu();
    private Precision precision = Precision.AUTO;
    private OptionalInt textLength = OptionalInt.empty();
    private int clipSkip;
    private boolean t5 = true;
    private boolean keepPromptEncoder;
    private Optional<VaeTiling> tiling = Optional.empty();
    private Optional<Path> transformer = Optional.empty();
    private Optional<Path> checkpoint = Optional.empty();
    private Optional<String> variant = Optional.empty();
    private Optional<String> scheduler = Optional.empty();
    private double eta;
    private Optional<AdapterFile> adapter = Optional.empty();
    private Consumer<String> warnings = Warnings.STANDARD_ERROR;

    PipelineBuilder(Path folder) {
        this.folder = folder;
    }

    /**
     * Sets where the models live.
     *
     * @param device the device; the CPU by default
     * @return this
     */
    public PipelineBuilder device(Device device) {
        this.device = device;
        return this;
    }

    /**
     * Sets the type that the models compute in. T5 overflows float16 and takes bfloat16 instead.
     *
     * @param precision the precision; {@link Precision#AUTO} by default
     * @return this
     */
    public PipelineBuilder precision(Precision precision) {
        this.precision = precision;
        return this;
    }

    /**
     * Sets how many of T5's tokens a prompt is cut or filled to.
     *
     * @param tokens 1..512; 256 for SD3, 512 for FLUX.1-dev and 256 for FLUX.1-schnell by default
     * @return this
     * @throws IllegalArgumentException if {@code tokens} is not in 1..512
     */
    public PipelineBuilder textLength(int tokens) {
        Preconditions.checkArgument(
                tokens >= 1 && tokens <= 512,
                "PipelineBuilder: textLength must be in 1..512, got %s",
                tokens);
        this.textLength = OptionalInt.of(tokens);
        return this;
    }

    /**
     * Leaves out layers at the end of SD3's CLIPs.
     *
     * @param layers how many besides the last, 0 by default
     * @return this
     * @throws IllegalArgumentException if {@code layers < 0}
     */
    public PipelineBuilder clipSkip(int layers) {
        Preconditions.checkArgument(
                layers >= 0, "PipelineBuilder: clipSkip must not be negative, got %s", layers);
        this.clipSkip = layers;
        return this;
    }

    /**
     * Leaves out SD3's T5, which is larger than its transformer; long prompts and lettering suffer.
     *
     * @return this
     */
    public PipelineBuilder withoutT5() {
        this.t5 = false;
        return this;
    }

    /**
     * Keeps text encoders loaded between calls. Otherwise they are released as soon as prompts are
     * encoded, before the transformer is loaded.
     *
     * @return this
     */
    public PipelineBuilder keepPromptEncoder() {
        this.keepPromptEncoder = true;
        return this;
    }

    /**
     * Decodes large images tile by tile.
     *
     * @param tiling the tiles
     * @return this
     */
    public PipelineBuilder tiling(VaeTiling tiling) {
        this.tiling = Optional.of(tiling);
        return this;
    }

    /**
     * Takes the transformer's weights from elsewhere, for example from a single-file checkpoint of
     * the model's authors; its configuration and everything else stay those of the pipeline's
     * folder. Of a file that holds more (autoencoder, text encoders) only the transformer is taken.
     *
     * @param weights a file, or a folder of shards, in diffusers' layout or the authors'
     * @return this
     */
    public PipelineBuilder transformer(Path weights) {
        this.transformer = Optional.of(weights);
        return this;
    }

    /**
     * Takes SD1.5's or SDXL's UNet, autoencoder and text encoders from one file, as its authors
     * publish it. Configurations, tokenizers and scheduler stay those of the pipeline's folder,
     * which needs no weights then.
     *
     * @param file the file, {@code .safetensors} or {@code .ckpt}
     * @return this
     */
    public PipelineBuilder checkpoint(Path file) {
        this.checkpoint = Optional.of(file);
        return this;
    }

    /**
     * Chooses a variant of the weights, for folders that hold several. Parts that lack it are taken
     * without a variant, as diffusers does. A part's only variant needs no choice.
     *
     * @param name the variant's name, for example {@code fp16} for {@code model.fp16.safetensors}
     * @return this
     */
    public PipelineBuilder variant(String name) {
        this.variant = Optional.of(name);
        return this;
    }

    /**
     * Samples SD1.5, SD2 or SDXL by another method than the folder's.
     *
     * @param name {@code ddim}, {@code pndm}, {@code euler}, {@code euler_ancestral}, {@code
     *     dpm_2m} or {@code dpm_2m_sde}; {@code euler} and the last two also with {@code _karras}
     *     after it
     * @return this
     */
    public PipelineBuilder scheduler(String name) {
        this.scheduler = Optional.of(name);
        return this;
    }

    /**
     * Sets how much of DDIM's noise is fresh at each step (Song et al. 2021, equation 16).
     *
     * @param eta 0, the default, for none to 1 for that of DDPM
     * @return this
     */
    public PipelineBuilder eta(double eta) {
        this.eta = eta;
        return this;
    }

    /**
     * Puts an adapter file's adapters on the transformer and the CLIP text encoders as soon as they
     * are loaded. What in the file cannot be applied is told to {@link #warnings}, and by {@link
     * DiffusionPipeline#unapplied}.
     *
     * @param file the file, or a folder that holds one
     * @param scale what the adapters' own scales are multiplied by; 1 for as they were trained
     * @return this
     * @throws IllegalArgumentException if {@code scale} is not finite
     */
    public PipelineBuilder lora(Path file, double scale) {
        Preconditions.checkArgument(
                Double.isFinite(scale), "PipelineBuilder: the scale must be finite, got %s", scale);
        this.adapter = Optional.of(new AdapterFile(file, scale));
        return this;
    }

    /**
     * Sets who is told, in a line for people, of what is left out or done otherwise than asked.
     *
     * @param listener called while the pipeline is opened; by default lines go to the standard
     *     error stream
     * @return this
     */
    public PipelineBuilder warnings(Consumer<String> listener) {
        this.warnings = listener;
        return this;
    }

    /**
     * Opens the pipeline. Weights are looked at, and not read before they are needed.
     *
     * @return the pipeline, to be closed
     * @throws io.github.icthp.weights.WeightsFormatException if the folder is not a pipeline of
     *     these families, the adapter file holds no adapter for it, the transformer's file is of
     *     another model, or a part's weights are quantized
     * @throws io.github.icthp.weights.WeightsMismatchException if the names or shapes in the
     *     transformer's file do not fit its configuration
     * @throws java.io.UncheckedIOException if a file cannot be read, or a part has its weights in
     *     other variants than the one that is wanted; the message names them
     * @throws IllegalArgumentException if no part has that variant, T5 is left out of a FLUX model,
     *     or a tile is not a whole number of latents
     */
    public DiffusionPipeline build() {
        PipelineFolder parts = new PipelineFolder(this);
        UnappliedTensors unapplied =
                adapter.map(file -> file.check(parts.layers())).orElse(UnappliedTensors.NONE);
        unapplied.warning().ifPresent(warnings);
        return new DiffusionPipeline(parts, keepPromptEncoder, adapter, unapplied);
    }

    Path folder() {
        return folder;
    }

    Device device() {
        return device;
    }

    Precision precision() {
        return precision.on(device);
    }

    OptionalInt textLength() {
        return textLength;
    }

    int clipSkip() {
        return clipSkip;
    }

    boolean usesT5() {
        return t5;
    }

    Optional<VaeTiling> tiling() {
        return tiling;
    }

    Optional<String> variant() {
        return variant;
    }

    Optional<Path> checkpoint() {
        return checkpoint;
    }

    Optional<String> scheduler() {
        return scheduler;
    }

    double eta() {
        return eta;
    }

    Optional<Path> transformer() {
        return transformer;
    }

    Optional<AdapterFile> adapter() {
        return adapter;
    }
}
