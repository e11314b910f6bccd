package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.List;

/**
 * CLIP's text transformer with its projection. Shapes: B batch, S tokens, D width, P projection.
 */
public final class ClipTextTower {

    /** The name of the table of token embeddings, below the first stage. */
    public static final String TOKEN_EMBEDDING = "embeddings.token_embedding.weight";

    static final String LAYERS = "text_model.encoder";

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
    public ClipTextTower(Parameters parameters, ClipConfig config) {
        this.config = config;
        this.input = input(parameters, config);
        this.encoder = new ClipEncoder(parameters.in(LAYERS), config.text(), true);
        this.output = output(parameters, config);
    }

    /** Names the parameters before the layers. */
    static TensorDict input(Parameters parameters, ClipConfig config) {
        int d = config.text().width();
        return parameters
                .in("text_model")
                .tensor(TOKEN_EMBEDDING, config.vocabulary(), d)
                .tensor("embeddings.position_embedding.weight", config.positions(), d)
                .ignore("embeddings.position_ids")
                .dict();
    }

    /** Names the parameters behind the layers. */
    static TensorDict output(Parameters parameters, ClipConfig config) {
        int d = config.text().width();
        return parameters
                .in("")
                .norm("text_model.final_layer_norm", d)
                .tensor("text_projection.weight", config.projection(), d)
                .dict();
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
     * Encodes texts. They are cut after the last end token of the batch: attention is causal, so
     * what follows never reaches the pooled token.
     *
     * @param ids B rows of the same length of at most the model's positions, each with an end token
     * @return (B, P), projected and not normalized
     * @throws IllegalArgumentException if a row is too long, or has no end token, or rows differ in
     *     length, or an id is outside the vocabulary
     */
    public NDArray forward(long[][] ids) {
        return pass(ids).features();
    }

    /**
     * Prepares a forward pass in stages.
     *
     * @param ids as {@link #forward} takes them
     * @return its input, cut after the last end token, and its stages, for the innermost scope
     * @throws IllegalArgumentException as {@link #forward} throws it
     */
    public ClipPass pass(long[][] ids) {
        long[] ends = new EosPooling(config).of(ids);
        List<ClipStage> stages = new ArrayList<>();
        stages.add(ClipStage.of(input, this::embed));
        stages.addAll(encoder.stages());
        stages.add(ClipStage.of(output, this::project));
        NDArray tokens = EosPooling.cut(ids, EosPooling.length(ends));
        return new ClipPass(stages, tokens, Tensors.of(ends, ends.length));
    }

    /** The embeddings of token ids. */
    NDArray embed(NDArray tokens) {
        return embed(tokens, input);
    }

    /** The norm after the last layer. */
    NDArray finalNorm(NDArray x) {
        return norm(x, output);
    }

    private NDArray embed(NDArray tokens, TensorDict weights) {
        return ClipEncoder.PROGRAM.call("embed_text", tokens, weights);
    }

    private NDArray norm(NDArray x, TensorDict weights) {
        return ClipEncoder.PROGRAM.call(
                "norm", x, weights, "text_model.final_layer_norm", config.text().layerNormEps());
    }

    private NDArray project(NDArray pooled, TensorDict weights) {
        NDArray normalized = norm(pooled, weights);
        NDArray projected =
                ClipEncoder.PROGRAM.call("project", normalized, weights, "text_projection.weight");
        normalized.close();
        return projected;
    }
}
