package io.github.icthp.diffusion.unet;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The shape of a UNet (diffusers' UNet2DConditionModel).
 *
 * @param channels channels of the latents, and of the prediction
 * @param levels resolutions, from the latents' to the smallest; each has half the size of the one
 *     before
 * @param groups groups of the norms
 * @param eps what norms of convolutional blocks add to the variance
 * @param contextWidth width of the token embeddings
 * @param linearProjection whether attention projects by linear layers (SD2, SDXL) or by
 *     convolutions of 1 x 1
 * @param waves how time becomes cosines and sines
 * @param added what is told besides prompt and time; empty for SD1.5 and SD2
 */
public record UNetConfig(
        int channels,
        List<Level> levels,
        int groups,
        double eps,
        int contextWidth,
        boolean linearProjection,
        Waves waves,
        Optional<Added> added) {

    /**
     * The blocks at one resolution, downwards and upwards.
     *
     * @param width channels
     * @param layers convolutional blocks downwards; upwards there is one more
     * @param heads attention heads
     * @param depth transformer blocks in each attention
     * @param attendsDown whether the blocks downwards attend to text
     * @param attendsUp whether the blocks upwards attend to text
     */
    public record Level(
            int width, int layers, int heads, int depth, boolean attendsDown, boolean attendsUp) {}

    /**
     * How numbers become cosines and sines (Vaswani et al. 2017, section 3.5).
     *
     * @param cosinesFirst whether cosines come before sines
     * @param shift taken from the number of frequencies in their spacing
     */
    public record Waves(boolean cosinesFirst, double shift) {}

    /**
     * What SDXL is told besides prompt and time: pooled text and sizes (Podell et al. 2023, section
     * 2.2).
     *
     * @param sizeWidth values that each of the six sizes becomes
     * @param inputs pooled embedding and sizes together
     */
    public record Added(int sizeWidth, int inputs) {

        /** Numbers among the sizes. */
        static final int SIZES = 6;

        /**
         * Returns the pooled embedding's width.
         *
         * @return P
         */
        public int pooledWidth() {
            return inputs - SIZES * sizeWidth;
        }
    }

    /**
     * Checks the shape.
     *
     * @param channels channels of the latents
     * @param levels resolutions
     * @param groups groups of the norms
     * @param eps what norms add to the variance
     * @param contextWidth width of the token embeddings
     * @param linearProjection whether attention projects by linear layers
     * @param waves how time becomes cosines and sines
     * @param added what is told besides prompt and time
     * @throws IllegalArgumentException if sizes do not go together
     */
    public UNetConfig {
        levels = List.copyOf(levels);
        Preconditions.checkArgument(
                channels > 0 && groups > 0 && contextWidth > 0 && eps > 0 && !levels.isEmpty(),
                "UNetConfig: sizes must be positive, got %s channels, %s groups, context width %s,"
                        + " eps %s, %s levels",
                channels,
                groups,
                contextWidth,
                eps,
                levels.size());
        for (Level level : levels) {
            Preconditions.checkArgument(
                    level.width > 0 && level.width % groups == 0 && level.width % 2 == 0,
                    "UNetConfig: norm_num_groups %s must divide every width, which must be even, got"
                            + " %s",
                    groups,
                    level.width);
            Preconditions.checkArgument(
                    level.layers > 0 && level.heads > 0 && level.depth > 0,
                    "UNetConfig: layers, heads and transformer layers must be positive, got %s",
                    level);
            Preconditions.checkArgument(
                    level.width % level.heads == 0,
                    "UNetConfig: %s heads do not divide the width %s; attention_head_dim is the"
                            + " number of heads",
                    level.heads,
                    level.width);
        }
        added.ifPresent(
                more ->
                        Preconditions.checkArgument(
                                more.sizeWidth > 0 && more.pooledWidth() > 0,
                                "UNetConfig: projection_class_embeddings_input_dim must exceed 6 *"
                                        + " addition_time_embed_dim, got %s and %s",
                                more.inputs,
                                more.sizeWidth));
    }

    /**
     * Returns Stable Diffusion 1.5, and 1.4, which has the same shape.
     *
     * @return the preset: 860 million parameters
     */
    public static UNetConfig sd15() {
        return published(8, 8, 8, 8, 768, false);
    }

    /**
     * Returns Stable Diffusion 2 and 2.1.
     *
     * @return the preset: 866 million parameters
     */
    public static UNetConfig sd2() {
        return published(5, 10, 20, 20, 1024, true);
    }

    private static UNetConfig published(
            int first, int second, int third, int fourth, int context, boolean linear) {
        List<Level> levels =
                List.of(
                        new Level(320, 2, first, 1, true, true),
                        new Level(640, 2, second, 1, true, true),
                        new Level(1280, 2, third, 1, true, true),
                        new Level(1280, 2, fourth, 1, false, false));
        return new UNetConfig(
                4, levels, 32, 1e-5, context, linear, new Waves(true, 0), Optional.empty());
    }

    /**
     * Returns the base model of Stable Diffusion XL.
     *
     * @return the preset: 2.6 billion parameters
     */
    public static UNetConfig sdxl() {
        List<Level> levels =
                List.of(
                        new Level(320, 2, 5, 1, false, false),
                        new Level(640, 2, 10, 2, true, true),
                        new Level(1280, 2, 20, 10, true, true));
        return new UNetConfig(
                4,
                levels,
                32,
                1e-5,
                2048,
                true,
                new Waves(true, 0),
                Optional.of(new Added(256, 2816)));
    }

    /**
     * Reads a {@code config.json} of diffusers' UNet2DConditionModel.
     *
     * @param file the file
     * @return the shape
     * @throws IllegalArgumentException if it asks for something that SD1.5, SD2 and SDXL do not use
     */
    public static UNetConfig read(Path file) {
        ConfigFile json = ConfigFile.read(file);
        requireSupported(json);
        List<Integer> widths = json.integers("block_out_channels");
        int n = widths.size();
        List<Boolean> down = attention(json, "down_block_types", "DownBlock2D", n);
        List<Boolean> up = attention(json, "up_block_types", "UpBlock2D", n);
        Collections.reverse(up);
        List<Integer> layers = each(json, "layers_per_block", n, 2);
        List<Integer> heads =
                json.has("num_attention_heads")
                        ? json.integers("num_attention_heads", n)
                        : each(json, "attention_head_dim", n, 8);
        List<Integer> depths = each(json, "transformer_layers_per_block", n, 1);
        List<Level> levels = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            levels.add(
                    new Level(
                            widths.get(i),
                            layers.get(i),
                            heads.get(i),
                            depths.get(i),
                            down.get(i),
                            up.get(i)));
        }
        return new UNetConfig(
                json.integer("in_channels", 4),
                levels,
                json.integer("norm_num_groups", 32),
                json.number("norm_eps", 1e-5),
                context(json, n),
                json.flag("use_linear_projection", false),
                new Waves(json.flag("flip_sin_to_cos", true), json.number("freq_shift", 0)),
                added(json));
    }

    private static List<Integer> each(ConfigFile json, String name, int n, int otherwise) {
        return json.has(name) ? json.integers(name, n) : Collections.nCopies(n, otherwise);
    }

    /** Of a list, all values must be the same: every attention reads the same text. */
    private static int context(ConfigFile json, int n) {
        List<Integer> widths = each(json, "cross_attention_dim", n, 1280);
        Preconditions.checkArgument(
                widths.stream().distinct().count() == 1,
                "%s: expected one cross_attention_dim, got %s",
                json.source(),
                widths);
        return widths.get(0);
    }

    private static Optional<Added> added(ConfigFile json) {
        String type = json.text("addition_embed_type", "");
        Preconditions.checkArgument(
                type.isEmpty() || type.equals("text_time"),
                "%s: addition_embed_type %s is not supported, expected null or text_time",
                json.source(),
                type);
        return type.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Added(
                                json.integer("addition_time_embed_dim"),
                                json.integer("projection_class_embeddings_input_dim")));
    }

    /** Returns for each block whether it attends to text. */
    private static List<Boolean> attention(ConfigFile json, String name, String plain, int n) {
        List<String> types = json.texts(name);
        Preconditions.checkArgument(
                types.size() == n,
                "%s: expected as many %s as block_out_channels, %s, got %s",
                json.source(),
                name,
                n,
                types);
        List<Boolean> attends = new ArrayList<>();
        for (String type : types) {
            Preconditions.checkArgument(
                    type.equals(plain) || type.equals("CrossAttn" + plain),
                    "%s: %s: expected %s or CrossAttn%s, got %s",
                    json.source(),
                    name,
                    plain,
                    plain,
                    type);
            attends.add(type.startsWith("CrossAttn"));
        }
        return attends;
    }

    private static void requireSupported(ConfigFile json) {
        requireAbsent(
                json,
                "class_embed_type",
                "num_class_embeds",
                "encoder_hid_dim_type",
                "encoder_hid_dim",
                "time_cond_proj_dim",
                "time_embedding_dim",
                "time_embedding_act_fn",
                "timestep_post_act",
                "cross_attention_norm",
                "reverse_transformer_layers_per_block");
        Map.of(
                        "mid_block_type", "UNetMidBlock2DCrossAttn",
                        "act_fn", "silu",
                        "resnet_time_scale_shift", "default",
                        "time_embedding_type", "positional",
                        "attention_type", "default")
                .forEach((name, only) -> require(json, name, json.text(name, only), only));
        for (String name :
                List.of(
                        "center_input_sample",
                        "dual_cross_attention",
                        "only_cross_attention",
                        "mid_block_only_cross_attention",
                        "resnet_skip_time_act",
                        "class_embeddings_concat")) {
            require(json, name, json.flag(name, false), false);
        }
        Map.of("conv_in_kernel", 3, "conv_out_kernel", 3, "downsample_padding", 1)
                .forEach((name, only) -> require(json, name, json.integer(name, only), only));
        for (String name : List.of("mid_block_scale_factor", "resnet_out_scale_factor")) {
            require(json, name, json.number(name, 1), 1.0);
        }
        int channels = json.integer("in_channels", 4);
        require(json, "out_channels", json.integer("out_channels", channels), channels);
    }

    private static void requireAbsent(ConfigFile json, String... names) {
        for (String name : names) {
            Preconditions.checkArgument(
                    !json.has(name), "%s: %s is not supported, expected null", json.source(), name);
        }
    }

    private static void require(ConfigFile json, String name, Object value, Object supported) {
        Preconditions.checkArgument(
                value.equals(supported),
                "%s: %s %s is not supported, expected %s",
                json.source(),
                name,
                value,
                supported);
    }

    /** Returns the width of the embedded time. */
    int timeWidth() {
        return 4 * levels.get(0).width;
    }

    /** Returns the level without a smaller one, whose attention the middle block has, too. */
    Level smallest() {
        return levels.get(levels.size() - 1);
    }
}
