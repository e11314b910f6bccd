package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.List;

/**
 * CLIP's vision transformer with its projection. Shapes: B batch, I image side, D width, P
 * projection.
 */
public final class ClipVisionTower {

    static final String LAYERS = "vision_model.encoder";

    private final ClipConfig config;
    private final TensorDict input;
    private final ClipEncoder encoder;
    private final TensorDict output;

    /**
     * Names the tower's parameters.
     *
     * @param parameters the root of a CLIP model's names
     * @param config the model's shape
     */
    public ClipVisionTower(Parameters parameters, ClipConfig config) {
        this.config = config;
        this.input = input(parameters, config);
        this.encoder = new ClipEncoder(parameters.in(LAYERS), config.vision(), false);
        this.output = output(parameters, config);
    }

    /** Names the parameters before the layers. */
    static TensorDict input(Parameters parameters, ClipConfig config) {
        int d = config.vision().width();
        int p = config.patchSize();
        return parameters
                .in("vision_model")
                .tensor("embeddings.class_embedding", d)
                .tensor("embeddings.patch_embedding.weight", d, 3, p, p)
                .tensor("embeddings.position_embedding.weight", config.imageTokens(), d)
                .norm("pre_layrnorm", d)
                .ignore("embeddings.position_ids")
                .dict();
    }

    /** Names the parameters behind the layers. */
    static TensorDict output(Parameters parameters, ClipConfig config) {
        int d = config.vision().width();
        return parameters
                .in("")
                .norm("vision_model.post_layernorm", d)
                .tensor("visual_projection.weight", config.projection(), d)
                .dict();
    }

    /**
     * Returns the model's shape.
     *
     * @return the configuration
     */
    public ClipConfig config() {
        return config;
    }

    /**
     * Returns the layers.
     *
     * @return the encoder
     */
    public ClipEncoder encoder() {
        return encoder;
    }

    /**
     * Encodes images.
     *
     * @param pixels (B, 3, I, I), normalized as the image processor does, in the tower's type
     * @return (B, P), projected and not normalized
     */
    public NDArray forward(NDArray pixels) {
        return pass(pixels).features();
    }

    /**
     * Prepares a forward pass in stages: embedding, every layer, and the output.
     *
     * @param pixels as {@link #forward} takes them
     * @return the pixels and the stages, for the innermost scope
     */
    public ClipPass pass(NDArray pixels) {
        return new ClipPass(stages(), pixels, pooled(pixels.getShape().get(0)));
    }

    /**
     * Returns the forward pass in stages: embedding, every layer, and the output.
     *
     * @return the stages, from pixels to features, whose context is {@link #pooled}
     */
    public List<ClipStage> stages() {
        List<ClipStage> stages = new ArrayList<>();
        stages.add(ClipStage.of(input, this::embedAndNormalize));
        stages.addAll(encoder.stages());
        stages.add(ClipStage.of(output, this::project));
        return stages;
    }

    /**
     * Returns the pooled token of every image, the class token.
     *
     * @param batch B, the number of images
     * @return int64 (B), owned by the innermost scope
     */
    public static NDArray pooled(long batch) {
        return Tensors.of(new long[(int) batch], batch);
    }

    /**
     * Encodes images up to the last layer but one.
     *
     * @param pixels as {@link #forward} takes them
     * @return (B, S, D) for S tokens, the class token first, owned by the innermost scope
     */
    public NDArray penultimate(NDArray pixels) {
        try (TensorScope scope = TensorScope.open()) {
            NDArray x = preNorm(embed(pixels));
            for (int i = 0; i < config.vision().layers() - 1; i++) {
                x = encoder.layer(i, x);
            }
            return scope.keep(x);
        }
    }

    private NDArray embedAndNormalize(NDArray pixels, TensorDict weights) {
        NDArray embedded = embed(pixels, weights);
        NDArray normalized = norm(embedded, weights, "pre_layrnorm");
        embedded.close();
        return normalized;
    }

    private NDArray project(NDArray pooled, TensorDict weights) {
        NDArray normalized = norm(pooled, weights, "vision_model.post_layernorm");
        NDArray projected =
                ClipEncoder.PROGRAM.call(
                        "project", normalized, weights, "visual_projection.weight");
        normalized.close();
        return projected;
    }

    private NDArray embed(NDArray pixels, TensorDict weights) {
        return ClipEncoder.PROGRAM.call("embed_image", pixels, weights, config.patchSize());
    }

    private NDArray norm(NDArray x, TensorDict weights, String name) {
        return ClipEncoder.PROGRAM.call("norm", x, weights, name, config.vision().layerNormEps());
    }

    /** The embeddings of pixels, before the first norm. */
    NDArray embed(NDArray pixels) {
        return embed(pixels, input);
    }

    /** The norm before the first layer. */
    NDArray preNorm(NDArray x) {
        return norm(x, input, "pre_layrnorm");
    }

    /** The norm of the pooled token. */
    NDArray postNorm(NDArray pooled) {
        return norm(pooled, output, "vision_model.post_layernorm");
    }
}
