package io.github.icthp.examples.options;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.PipelineBuilder;
import io.github.icthp.diffusion.vae.VaeTiling;
import io.github.icthp.examples.console.UnusableException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Which diffusion model, and how it runs. */
public final class PipelineOptions {

    @Option(
            names = "--model",
            paramLabel = "DIR",
            required = true,
            description =
                    "an SD1.5, SD2, SDXL, SD3, SD3.5 or FLUX.1 model: a folder as diffusers writes"
                            + " it, with model_index.json")
    private Path model = Path.of("");

    @Option(
            names = "--transformer",
            paramLabel = "FILE",
            description =
                    "take the transformer's weights from here, for example from a single-file"
                            + " checkpoint of the model's authors; everything else is --model's")
    private @Nullable Path transformer;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description =
                    "take all weights of SD1.5 or SDXL from one file as its authors publish it;"
                            + " configurations and tokenizers are --model's")
    private @Nullable Path checkpoint;

    @Option(
            names = "--variant",
            paramLabel = "NAME",
            description =
                    "of weights that are there in several, for example fp16; parts that lack it are"
                            + " taken without")
    private @Nullable String variant;

    @Option(
            names = "--scheduler",
            paramLabel = "NAME",
            description =
                    "sample SD1.5, SD2 or SDXL by ddim, pndm, euler, euler_ancestral, dpm_2m or"
                            + " dpm_2m_sde, some with _karras; default: the model's own")
    private @Nullable String scheduler;

    @Option(
            names = "--clip-skip",
            paramLabel = "N",
            defaultValue = "0",
            description = "CLIP layers to leave out at the end; default: 0")
    private int clipSkip;

    @Option(
            names = "--text-length",
            paramLabel = "N",
            description = "T5 tokens of a prompt, 1..512; default: 256, and 512 for FLUX.1-dev")
    private @Nullable Integer textLength;

    @Option(names = "--no-t5", description = "leave out SD3's T5, which is its largest part")
    private boolean noT5;

    @Option(
            names = "--tile",
            paramLabel = "N",
            description =
                    "decode in overlapping tiles of N pixels a side, in the memory of one; default:"
                            + " whole pictures")
    private @Nullable Integer tile;

    @Option(
            names = "--tile-overlap",
            paramLabel = "S",
            description = "the share of a tile that lies over the one before; default: 0.25")
    private @Nullable Double overlap;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = ImageSizeConverter.class,
            description = "of pictures, in pixels, multiples of 16; default: the model's own")
    private @Nullable ImageSize size;

    @Mixin private DeviceOptions device = new DeviceOptions();

    /** Returns what the model and its own transformer are called. */
    public String name() {
        return model + (transformer == null ? "" : " with " + transformer);
    }

    /** Returns the wanted size of pictures; empty for the model's own. */
    public Optional<ImageSize> size() {
        return Optional.ofNullable(size);
    }

    /** Says whether pictures are decoded in tiles. */
    public boolean tiled() {
        return tile != null;
    }

    /** Returns where and how it runs. */
    public DeviceOptions device() {
        return device;
    }

    /** Opens the model, with more settings. Weights are read when they are needed. */
    public DiffusionPipeline open(UnaryOperator<PipelineBuilder> more) {
        PipelineBuilder builder =
                DiffusionPipeline.builder(model)
                        .device(device.device())
                        .precision(device.precision());
        try {
            if (textLength != null) {
                builder.textLength(textLength);
            }
            if (scheduler != null) {
                builder.scheduler(scheduler);
            }
            if (clipSkip != 0) {
                builder.clipSkip(clipSkip);
            }
            if (noT5) {
                builder.withoutT5();
            }
            if (variant != null) {
                builder.variant(variant);
            }
            if (checkpoint != null) {
                builder.checkpoint(checkpoint);
            }
            if (transformer != null) {
                builder.transformer(transformer);
            }
            return more.apply(tiles(builder)).build();
        } catch (UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private PipelineBuilder tiles(PipelineBuilder builder) {
        if (tile == null) {
            if (overlap != null) {
                throw new UnusableException("--tile-overlap needs --tile N, the tiles' side");
            }
            return builder;
        }
        VaeTiling tiles = VaeTiling.of(tile);
        return builder.tiling(overlap == null ? tiles : new VaeTiling(tile, overlap));
    }
}
