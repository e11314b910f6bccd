package io.github.icthp.diffusion.vae;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Path;
import java.util.List;

/**
 * The shape of an {@link AutoencoderKl}.
 *
 * @param latentChannels C, the channels of latents
 * @param blockChannels the width at each resolution, from pixels inwards
 * @param layersPerBlock residual layers at each resolution of the encoder; the decoder has one more
 * @param groups groups of every group norm
 * @param midAttention whether attention stands in the middle of both halves
 * @param quantConv whether a 1x1 convolution follows the encoder
 * @param postQuantConv whether a 1x1 convolution precedes the decoder
 * @param scaling a diffusion model's latents are {@code (latents - shift) * scaling}
 * @param shift see {@code scaling}
 * @param sampleSize the side in pixels of the images that it was trained on
 */
public record VaeConfig(
        int latentChannels,
        List<Integer> blockChannels,
        int layersPerBlock,
        int groups,
        boolean midAttention,
        boolean quantConv,
        boolean postQuantConv,
        double scaling,
        double shift,
        int sampleSize) {

    /** Channels of an image. */
    static final int RGB = 3;

    /**
     * Checks the shape.
     *
     * @param latentChannels C, the channels of latents
     * @param blockChannels the width at each resolution, from pixels inwards
     * @param layersPerBlock residual layers at each resolution of the encoder; the decoder has one
     *     more
     * @param groups groups of every group norm
     * @param midAttention whether attention stands in the middle of both halves
     * @param quantConv whether a 1x1 convolution follows the encoder
     * @param postQuantConv whether a 1x1 convolution precedes the decoder
     * @param scaling factor of a diffusion model's latents
     * @param shift offset of a diffusion model's latents
     * @param sampleSize the side in pixels of the images that it was trained on
     * @throws IllegalArgumentException if a size or the scaling is not positive, or the groups do
     *     not divide a width
     */
    public VaeConfig {
        blockChannels = List.copyOf(blockChannels);
        Preconditions.checkArgument(
                latentChannels > 0 && layersPerBlock > 0 && sampleSize > 0 && scaling > 0,
                "VaeConfig: sizes and scaling must be positive, got latentChannels %s,"
                        + " layersPerBlock %s, sampleSize %s, scaling %s",
                latentChannels,
                layersPerBlock,
                sampleSize,
                scaling);
        Preconditions.checkArgument(!blockChannels.isEmpty(), "VaeConfig: no blockChannels");
        for (int width : blockChannels) {
            Preconditions.checkArgument(
                    groups > 0 && width > 0 && width % groups == 0,
                    "VaeConfig: groups must divide every width, got groups %s, blockChannels %s",
                    groups,
                    blockChannels);
        }
    }

    /**
     * Returns the autoencoder of SD3 and SD3.5.
     *
     * @return the preset: 16 latent channels
     */
    public static VaeConfig sd3() {
        return sixteenChannels(1.5305, 0.0609);
    }

    /**
     * Returns the autoencoder of FLUX.1.
     *
     * @return the preset: 16 latent channels
     */
    public static VaeConfig flux() {
        return sixteenChannels(0.3611, 0.1159);
    }

    /**
     * Returns the autoencoder of Stable Diffusion 1.5.
     *
     * @return the preset: 4 latent channels, with convolutions around the latents
     */
    public static VaeConfig sd15() {
        return new VaeConfig(
                4, List.of(128, 256, 512, 512), 2, 32, true, true, true, 0.18215, 0, 512);
    }

    private static VaeConfig sixteenChannels(double scaling, double shift) {
        return new VaeConfig(
                16, List.of(128, 256, 512, 512), 2, 32, true, false, false, scaling, shift, 1024);
    }

    /**
     * Reads a {@code config.json} as diffusers writes it; what is left out takes diffusers'
     * default.
     *
     * @param file the file
     * @return what it says
     * @throws WeightsFormatException if it says something that {@link AutoencoderKl} cannot do
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static VaeConfig read(Path file) {
        ConfigFile config = ConfigFile.read(file);
        require(
                config,
                "_class_name",
                config.text("_class_name", "AutoencoderKL"),
                "AutoencoderKL");
        require(config, "act_fn", config.text("act_fn", "silu"), "silu");
        require(config, "in_channels", config.integer("in_channels", RGB), RGB);
        require(config, "out_channels", config.integer("out_channels", RGB), RGB);
        return new VaeConfig(
                config.integer("latent_channels", 4),
                config.integers("block_out_channels"),
                config.integer("layers_per_block", 1),
                config.integer("norm_num_groups", 32),
                config.flag("mid_block_add_attention", true),
                config.flag("use_quant_conv", true),
                config.flag("use_post_quant_conv", true),
                config.number("scaling_factor", 0.18215),
                config.number("shift_factor", 0),
                config.integer("sample_size", 32));
    }

    private static void require(ConfigFile config, String name, Object value, Object expected) {
        if (!value.equals(expected)) {
            throw new WeightsFormatException(
                    "VaeConfig: "
                            + config.source()
                            + ": '"
                            + name
                            + "' must be "
                            + expected
                            + ", got "
                            + value);
        }
    }

    /**
     * Returns how many pixels a latent stands for, along each side.
     *
     * @return H / h = W / w
     */
    public int factor() {
        return 1 << (blockChannels.size() - 1);
    }
}
