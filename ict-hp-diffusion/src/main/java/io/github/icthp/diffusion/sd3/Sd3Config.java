package io.github.icthp.diffusion.sd3;

import com.google.common.base.Preconditions;
import com.google.common.collect.ContiguousSet;
import com.google.common.collect.DiscreteDomain;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Range;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;

/**
 * The shape of an SD3 transformer (Esser et al. 2024, section 4).
 *
 * @param layers number of joint blocks
 * @param heads attention heads
 * @param headWidth width of a head; the transformer's width is heads times this
 * @param channels latent channels
 * @param patch side of a patch, in latent pixels
 * @param tokenWidth width of the token embeddings
 * @param pooledWidth width of the pooled embedding
 * @param positionSide side of the table of positions, in patches
 * @param normalizedQueries whether queries and keys are normalized (SD3.5) or not (SD3)
 * @param dualAttention the blocks with a second attention among image tokens (SD3.5-medium)
 */
public record Sd3Config(
        int layers,
        int heads,
        int headWidth,
        int channels,
        int patch,
        int tokenWidth,
        int pooledWidth,
        int positionSide,
        boolean normalizedQueries,
        ImmutableSortedSet<Integer> dualAttention) {

    private static final String DUAL = "dual_attention_layers";

    /**
     * Checks the shape.
     *
     * @param layers number of joint blocks
     * @param heads attention heads
     * @param headWidth width of a head
     * @param channels latent channels
     * @param patch side of a patch, in latent pixels
     * @param tokenWidth width of the token embeddings
     * @param pooledWidth width of the pooled embedding
     * @param positionSide side of the table of positions, in patches
     * @param normalizedQueries whether queries and keys are normalized
     * @param dualAttention the blocks with a second attention among image tokens
     * @throws IllegalArgumentException if a size is not positive or a block is out of range
     */
    public Sd3Config {
        Preconditions.checkArgument(
                layers > 0 && heads > 0 && headWidth > 0 && channels > 0 && patch > 0,
                "Sd3Config: sizes must be positive, got layers %s, heads %s, head width %s, channels"
                        + " %s, patch %s",
                layers,
                heads,
                headWidth,
                channels,
                patch);
        Preconditions.checkArgument(
                dualAttention.isEmpty()
                        || (dualAttention.first() >= 0 && dualAttention.last() < layers),
                "Sd3Config: blocks with dual attention must be in 0..%s, got %s",
                layers - 1,
                dualAttention);
    }

    /**
     * Returns the width of the transformer.
     *
     * @return D
     */
    public int width() {
        return heads * headWidth;
    }

    /** Returns the number of values in a patch. */
    long patchValues() {
        return (long) patch * patch * channels;
    }

    /**
     * Returns Stable Diffusion 3.5 Large, and Large Turbo, which has the same shape.
     *
     * @return the preset: 8.1 billion parameters
     */
    public static Sd3Config large() {
        return new Sd3Config(38, 38, 64, 16, 2, 4096, 2048, 192, true, ImmutableSortedSet.of());
    }

    /**
     * Returns Stable Diffusion 3.5 Medium.
     *
     * @return the preset: 2.5 billion parameters
     */
    public static Sd3Config medium() {
        ImmutableSortedSet<Integer> dual =
                ContiguousSet.create(Range.closedOpen(0, 13), DiscreteDomain.integers());
        return new Sd3Config(24, 24, 64, 16, 2, 4096, 2048, 384, true, dual);
    }

    /**
     * Returns Stable Diffusion 3 Medium.
     *
     * @return the preset: 2.1 billion parameters
     */
    public static Sd3Config sd3Medium() {
        return new Sd3Config(24, 24, 64, 16, 2, 4096, 2048, 192, false, ImmutableSortedSet.of());
    }

    /**
     * Describes the shape as the {@code config.json} of diffusers' SD3Transformer2DModel.
     *
     * @param sampleSize side of the latents that the model was trained on
     * @return what {@link #read} reads
     */
    public JsonObject toJson(int sampleSize) {
        JsonObject json = new JsonObject();
        json.addProperty("_class_name", "SD3Transformer2DModel");
        json.addProperty("sample_size", sampleSize);
        json.addProperty("patch_size", patch);
        json.addProperty("in_channels", channels);
        json.addProperty("out_channels", channels);
        json.addProperty("num_layers", layers);
        json.addProperty("num_attention_heads", heads);
        json.addProperty("attention_head_dim", headWidth);
        json.addProperty("caption_projection_dim", width());
        json.addProperty("joint_attention_dim", tokenWidth);
        json.addProperty("pooled_projection_dim", pooledWidth);
        json.addProperty("pos_embed_max_size", positionSide);
        if (normalizedQueries) {
            json.addProperty("qk_norm", "rms_norm");
        }
        json.add(DUAL, new Gson().toJsonTree(dualAttention));
        return json;
    }

    /**
     * Reads the {@code config.json} of diffusers' SD3Transformer2DModel.
     *
     * @param file the file
     * @return the shape it describes
     * @throws IllegalArgumentException if it describes a transformer that is not SD3's
     */
    public static Sd3Config read(Path file) {
        ConfigFile json = ConfigFile.read(file);
        String norm = json.text("qk_norm", "none");
        Preconditions.checkArgument(
                norm.equals("none") || norm.equals("rms_norm"),
                "%s: expected qk_norm null or rms_norm, got %s",
                file,
                norm);
        Sd3Config config =
                new Sd3Config(
                        json.integer("num_layers"),
                        json.integer("num_attention_heads"),
                        json.integer("attention_head_dim"),
                        json.integer("in_channels", 16),
                        json.integer("patch_size", 2),
                        json.integer("joint_attention_dim"),
                        json.integer("pooled_projection_dim"),
                        json.integer("pos_embed_max_size"),
                        norm.equals("rms_norm"),
                        json.has(DUAL)
                                ? ImmutableSortedSet.copyOf(json.integers(DUAL))
                                : ImmutableSortedSet.of());
        int caption = json.integer("caption_projection_dim", config.width());
        int out = json.integer("out_channels", config.channels());
        Preconditions.checkArgument(
                caption == config.width() && out == config.channels(),
                "%s: expected caption_projection_dim %s and out_channels %s, got %s and %s",
                file,
                config.width(),
                config.channels(),
                caption,
                out);
        return config;
    }
}
