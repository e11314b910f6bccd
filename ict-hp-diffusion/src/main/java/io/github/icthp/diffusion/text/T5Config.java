package io.github.icthp.diffusion.text;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Path;

/**
 * The shape of a T5 encoder, version 1.1.
 *
 * @param vocabulary the number of tokens
 * @param width D
 * @param headWidth the width of an attention head; H times it need not be D
 * @param mlpWidth the width of a feed-forward layer
 * @param layers the number of layers
 * @param heads H, the number of attention heads
 * @param buckets how many kinds of distance between tokens are told apart
 * @param longestDistance from which distance on all are of one kind
 * @param eps what a norm adds to the mean square
 */
record T5Config(
        int vocabulary,
        int width,
        int headWidth,
        int mlpWidth,
        int layers,
        int heads,
        int buckets,
        int longestDistance,
        double eps) {

    /**
     * Checks the shape.
     *
     * @param vocabulary the number of tokens
     * @param width D
     * @param headWidth the width of an attention head; H times it need not be D
     * @param mlpWidth the width of a feed-forward layer
     * @param layers the number of layers
     * @param heads H, the number of attention heads
     * @param buckets how many kinds of distance between tokens are told apart
     * @param longestDistance from which distance on all are of one kind
     * @param eps what a norm adds to the mean square
     * @throws IllegalArgumentException if a size is not positive, or the distances do not fit the
     *     buckets
     */
    public T5Config {
        Preconditions.checkArgument(
                vocabulary > 0 && width > 0 && headWidth > 0 && mlpWidth > 0 && layers > 0,
                "T5Config: sizes must be positive, got vocabulary %s, width %s, head width %s, MLP"
                        + " width %s, layers %s",
                vocabulary,
                width,
                headWidth,
                mlpWidth,
                layers);
        Preconditions.checkArgument(
                heads > 0 && buckets >= 4 && buckets % 2 == 0 && longestDistance > buckets / 4,
                "T5Config: expected heads, an even number of buckets from 4 on and a longest"
                        + " distance above a quarter of it, got heads %s, buckets %s, distance %s",
                heads,
                buckets,
                longestDistance);
    }

    /**
     * Returns T5 v1.1 XXL, the encoder of SD3 and FLUX.1.
     *
     * @return the preset: 4.8 billion parameters
     */
    public static T5Config xxl() {
        return new T5Config(32128, 4096, 64, 10240, 24, 64, 32, 128, 1e-6);
    }

    /**
     * Reads a {@code config.json} as transformers writes it; what is left out takes its default.
     *
     * @param file the file
     * @return what it says
     * @throws WeightsFormatException if it is another kind of T5, or none
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static T5Config read(Path file) {
        ConfigFile config = ConfigFile.read(file);
        boolean gated =
                config.has("feed_forward_proj")
                        ? config.text("feed_forward_proj", "").equals("gated-gelu")
                        : config.flag("is_gated_act", false)
                                && config.text("dense_act_fn", "").startsWith("gelu");
        if (!gated) {
            throw new WeightsFormatException(
                    "T5Config: "
                            + file
                            + ": expected feed_forward_proj gated-gelu (T5 version 1.1), got "
                            + config.text("feed_forward_proj", "none"));
        }
        return new T5Config(
                config.integer("vocab_size", 32128),
                config.integer("d_model", 512),
                config.integer("d_kv", 64),
                config.integer("d_ff", 2048),
                config.integer("num_layers", 6),
                config.integer("num_heads", 8),
                config.integer("relative_attention_num_buckets", 32),
                config.integer("relative_attention_max_distance", 128),
                config.number("layer_norm_epsilon", 1e-6));
    }
}
