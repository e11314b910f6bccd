package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.weights.Parameters;

/**
 * CLIP's vision transformer with its projection. Shapes: B batch, I image side, D width, P
 * projection.
 */
public final class ClipVisionTower {

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
        int d = config.vision().width();
        Parameters vision = parameters.in("vision_model");
        this.input =
                vision.tensor("embeddings.class_embedding", d)
                        .tensor(
                                "embeddings.patch_embedding.weight",
                                d,
                                3,
                                config.patchSize(),
                                config.patchSize())
                        .tensor("embeddings.position_embedding.weight", config.imageTokens(), d)
                        .norm("pre_layrnorm", d)
                        .ignore("embeddings.position_ids")
                        .dict();
        this.encoder = new ClipEncoder(vision.in("encoder"), config.vision(), false);
        this.output =
                parameters
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
     * @param pixels (B, 3, I, I), normalised as the image processor does, in the tower's type
     * @return (B, P), projected and not normalised
     */
    public NDArray forward(NDArray pixels) {
        NDArray x = encoder.forward(preNorm(embed(pixels)));
        NDArray pooled = pool(x);
        x.close();
        return project(pooled);
    }

    NDArray embed(NDArray pixels) {
        return ClipEncoder.PROGRAM.call("embed_image", pixels, input, config.patchSize());
    }

    NDArray preNorm(NDArray x) {
        return ClipEncoder.PROGRAM.call(
                "norm", x, input, "pre_layrnorm", config.vision().layerNormEps());
    }

    NDArray pool(NDArray x) {
        return ClipEncoder.PROGRAM.call("pool_image", x, output, config.vision().layerNormEps());
    }

    NDArray project(NDArray pooled) {
        return ClipEncoder.PROGRAM.call("project", pooled, output.get("visual_projection.weight"));
    }
}
