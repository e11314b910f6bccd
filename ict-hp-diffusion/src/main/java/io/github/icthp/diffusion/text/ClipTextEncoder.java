package io.github.icthp.diffusion.text;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.clip.ClipEncoder;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * CLIP's text encoder as diffusion models use it: every hidden state, and the pooled embedding
 * (transformers' {@code CLIPTextModel} and {@code CLIPTextModelWithProjection}).
 *
 * <p>Padding takes part like any token: there is no attention mask but the causal one. Keys may
 * begin with {@code text_model.} or not. Instances may be shared between threads.
 */
public final class ClipTextEncoder implements AutoCloseable {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    ClipTextEncoder.class,
                    "text.torchscript",
                    "/io/github/icthp/torch/widened.torchscript");

    private static final String PROJECTION = "text_projection.weight";

    private final NDManager owner;
    private final ClipTextConfig config;
    private final TensorDict input;
    private final ClipEncoder layers;
    private final TensorDict norm;
    private final @Nullable NDArray projection;

    private ClipTextEncoder(NDManager owner, Parameters all, ClipTextConfig config) {
        this.owner = owner;
        this.config = config;
        int d = config.layers().width();
        boolean prefixed = all.has("text_model.embeddings.token_embedding.weight");
        Parameters text = all.in(prefixed ? "text_model" : "");
        this.input =
                text.in("")
                        .tensor("embeddings.token_embedding.weight", config.vocabulary(), d)
                        .tensor("embeddings.position_embedding.weight", config.positions(), d)
                        .ignore("embeddings.position_ids")
                        .dict();
        this.layers = new ClipEncoder(text.in("encoder"), config.layers(), true);
        this.norm = text.in("").norm("final_layer_norm", d).dict();
        this.projection =
                config.projection().isPresent()
                        ? all.tensor(PROJECTION, config.projection().getAsInt(), d).get(PROJECTION)
                        : null;
        all.finish();
    }

    /**
     * Loads a folder as transformers writes it: {@code config.json} and safetensors. Whether it has
     * a projection is read off the weights.
     *
     * @param folder the folder, or the weights file in it
     * @param device where the model lives
     * @param type what its weights are converted to; where they have it already, they stay in the
     *     file's memory map
     * @return the encoder; close it to free its weights
     * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and config do not fit
     */
    public static ClipTextEncoder load(Path folder, Device device, DType type) {
        return load(folder, device, type, weights -> weights);
    }

    /**
     * Loads a folder as transformers writes it, with changed weights.
     *
     * @param folder the folder
     * @param device where the model lives
     * @param type what its weights are converted to
     * @param change what is done to the weights before they are read, for example {@code
     *     TextEncoderAdapters.on}
     * @return the encoder; close it to free its weights
     * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and config do not fit
     */
    public static ClipTextEncoder load(
            Path folder, Device device, DType type, UnaryOperator<Weights> change) {
        try (Weights weights = change.apply(Weights.openModel(folder))) {
            return load(weights, FolderFiles.beside(folder, "config.json"), device, type);
        }
    }

    /**
     * Loads weights.
     *
     * @param weights under transformers' names; they may be closed afterwards
     * @param config the {@code config.json}
     * @param device where the model lives
     * @param type what its weights are converted to
     * @return the encoder; close it to free its weights
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and config do not fit
     */
    public static ClipTextEncoder load(Weights weights, Path config, Device device, DType type) {
        ClipTextConfig shape = ClipTextConfig.read(config, weights.names().contains(PROJECTION));
        NDManager owner = Torch.manager(device);
        try {
            Parameters all = Parameters.load(weights, owner, type, Memory.MAPPED);
            return new ClipTextEncoder(owner, all, shape);
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Checks names and shapes of weights too large to load here.
     *
     * @param config the encoder's shape
     * @param shapes the weights' shapes by name
     * @param description what messages call them
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    public static void check(ClipTextConfig config, Map<String, Shape> shapes, String description) {
        try (NDManager owner = Torch.manager(Device.cpu())) {
            new ClipTextEncoder(owner, Parameters.check(shapes, description, owner), config);
        }
    }

    /**
     * Encodes texts.
     *
     * @param ids B rows of one length, each with an end token
     * @return the encoded texts, owned by the innermost scope
     * @throws IllegalArgumentException if a row is too long or has no end token, or rows differ in
     *     length, or an id is outside the vocabulary
     */
    public ClipText encode(long[][] ids) {
        NDArray tokens =
                TokenIds.tensor("ClipTextEncoder", ids, config.positions(), config.vocabulary());
        NDArray ends = Tensors.of(Arrays.stream(ids).mapToLong(config::end).toArray(), ids.length);
        List<NDArray> states = new ArrayList<>();
        NDArray x = PROGRAM.call("clip_embed", Tensors.to(tokens, owner.getDevice()), input);
        states.add(x);
        for (int i = 0; i < config.layers().layers(); i++) {
            x = layers.layer(i, x);
            states.add(x);
        }
        NDArray last = normed(x);
        NDArray pooled = PROGRAM.call("pool", last, Tensors.to(ends, owner.getDevice()));
        if (projection != null) {
            pooled = PROGRAM.call("project", pooled, projection);
        }
        return new ClipText(states, last, pooled);
    }

    /** Norms a hidden state as the last one is. */
    NDArray normed(NDArray state) {
        return PROGRAM.call("clip_norm", state, norm, config.layers().layerNormEps());
    }

    /**
     * Returns the encoder's shape.
     *
     * @return the configuration
     */
    public ClipTextConfig config() {
        return config;
    }

    /** Frees the weights. */
    @Override
    public void close() {
        owner.close();
    }
}
