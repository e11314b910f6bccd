package io.github.icthp.diffusion.flux;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;

/**
 * The shape of a FLUX.1 transformer.
 *
 * @param doubleBlocks blocks in which image and text have weights of their own
 * @param singleBlocks blocks in which they share weights
 * @param heads attention heads
 * @param headWidth width of a head; the transformer's width is heads times this
 * @param channels latent channels; a token holds 2 x 2 latent pixels
 * @param tokenWidth width of the token embeddings
 * @param pooledWidth width of the pooled embedding
 * @param guided whether the distilled guidance scale is an input (FLUX.1-dev)
 * @param axes how a head's width is shared by the rotary axes (0, row, column)
 */
public record FluxConfig(
        int doubleBlocks,
        int singleBlocks,
        int heads,
        int headWidth,
        int channels,
        int tokenWidth,
        int pooledWidth,
        boolean guided,
        ImmutableList<Integer> axes) {

    /** Side of a token, in latent pixels. */
    static final int PATCH = 2;

    private static final ImmutableList<Integer> AXES = ImmutableList.of(16, 56, 56);

    /**
     * Checks the shape.
     *
     * @param doubleBlocks blocks in which image and text have weights of their own
     * @param singleBlocks blocks in which they share weights
     * @param heads attention heads
     * @param headWidth width of a head
     * @param channels latent channels
     * @param tokenWidth width of the token embeddings
     * @param pooledWidth width of the pooled embedding
     * @param guided whether the distilled guidance scale is an input
     * @param axes how a head's width is shared by the rotary axes
     * @throws IllegalArgumentException if a size is not positive or the axes do not make up a head
     */
    public FluxConfig {
        Preconditions.checkArgument(
                doubleBlocks > 0 && singleBlocks > 0 && heads > 0 && channels > 0,
                "FluxConfig: sizes must be positive, got %s double blocks, %s single blocks, %s"
                        + " heads, %s channels",
                doubleBlocks,
                singleBlocks,
                heads,
                channels);
        Preconditions.checkArgument(
                axes.size() == 3
                        && axes.stream().allMatch(axis -> axis > 0 && axis % 2 == 0)
                        && axes.stream().mapToInt(Integer::intValue).sum() == headWidth,
                "FluxConfig: expected three even rotary axes that sum to the head width %s, got %s",
                headWidth,
                axes);
    }

    /**
     * Returns the width of the transformer.
     *
     * @return D
     */
    public int width() {
        return heads * headWidth;
    }

    /** Returns the number of values in a token. */
    long tokenValues() {
        return (long) PATCH * PATCH * channels;
    }

    /**
     * Returns FLUX.1-schnell.
     *
     * @return the preset: 11.9 billion parameters
     */
    public static FluxConfig schnell() {
        return new FluxConfig(19, 38, 24, 128, 16, 4096, 768, false, AXES);
    }

    /**
     * Returns FLUX.1-dev.
     *
     * @return the preset: 11.9 billion parameters
     */
    public static FluxConfig dev() {
        return new FluxConfig(19, 38, 24, 128, 16, 4096, 768, true, AXES);
    }

    /**
     * Reads the {@code config.json} of diffusers' FluxTransformer2DModel.
     *
     * @param file the file
     * @return the shape it describes
     * @throws IllegalArgumentException if it describes a transformer that is not FLUX.1's
     */
    public static FluxConfig read(Path file) {
        ConfigFile json = ConfigFile.read(file);
        int in = json.integer("in_channels", 64);
        int out = json.integer("out_channels", in);
        Preconditions.checkArgument(
                json.integer("patch_size", 1) == 1 && in % (PATCH * PATCH) == 0 && out == in,
                "%s: expected patch_size 1 and in_channels = out_channels, a multiple of %s, got %s"
                        + " and %s",
                file,
                PATCH * PATCH,
                in,
                out);
        return new FluxConfig(
                json.integer("num_layers", 19),
                json.integer("num_single_layers", 38),
                json.integer("num_attention_heads", 24),
                json.integer("attention_head_dim", 128),
                in / (PATCH * PATCH),
                json.integer("joint_attention_dim", 4096),
                json.integer("pooled_projection_dim", 768),
                json.flag("guidance_embeds", false),
                json.has("axes_dims_rope")
                        ? ImmutableList.copyOf(json.integers("axes_dims_rope"))
                        : AXES);
    }
}
