package io.github.icthp.diffusion.text;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * T5's encoder, version 1.1, as SD3 and FLUX.1 use it (Raffel et al. 2020, arXiv 1910.10683;
 * transformers' {@code T5EncoderModel}).
 *
 * <p>Attention is not scaled; a bias for the distance between tokens, learned in the first layer,
 * serves all. Padding takes part like any token. Instances may be shared between threads.
 */
final class T5Encoder implements AutoCloseable {

    private static final TorchProgram PROGRAM = ClipTextEncoder.PROGRAM;
    private static final String BIAS = "layer.0.SelfAttention.relative_attention_bias.weight";
    private static final String FINAL = "encoder.final_layer_norm.weight";

    private final NDManager owner;
    private final T5Config config;
    private final NDArray embeddings;
    private final NDArray distances;
    private final ImmutableList<TensorDict> layers;
    private final NDArray norm;

    private T5Encoder(NDManager owner, Parameters all, T5Config config) {
        this.owner = owner;
        this.config = config;
        // Some files hold the shared embeddings a second time, or under that name alone.
        String second = "encoder.embed_tokens.weight";
        String table = all.has("shared.weight") || !all.has(second) ? "shared.weight" : second;
        all.ignore(second);
        this.embeddings = all.tensor(table, config.vocabulary(), config.width()).get(table);
        Parameters first = all.in("encoder.block.0");
        this.distances = first.tensor(BIAS, config.buckets(), config.heads()).get(BIAS);
        ImmutableList.Builder<TensorDict> list = ImmutableList.builder();
        for (int i = 0; i < config.layers(); i++) {
            list.add(layer(all.in("encoder.block." + i)));
        }
        this.layers = list.build();
        this.norm = all.tensor(FINAL, config.width()).get(FINAL);
        all.finish();
    }

    private TensorDict layer(Parameters p) {
        long d = config.width();
        long inner = (long) config.heads() * config.headWidth();
        for (String name : List.of("q", "k", "v")) {
            p.tensor("layer.0.SelfAttention." + name + ".weight", inner, d);
        }
        return p.tensor("layer.0.SelfAttention.o.weight", d, inner)
                .tensor("layer.0.layer_norm.weight", d)
                .tensor("layer.1.DenseReluDense.wi_0.weight", config.mlpWidth(), d)
                .tensor("layer.1.DenseReluDense.wi_1.weight", config.mlpWidth(), d)
                .tensor("layer.1.DenseReluDense.wo.weight", d, config.mlpWidth())
                .tensor("layer.1.layer_norm.weight", d)
                .dict();
    }

    /**
     * Loads a folder as transformers writes it: {@code config.json} and safetensors.
     *
     * @param folder the folder, or the weights file in it
     * @param device where the model lives
     * @param type what its weights are converted to; where they have it already, they stay in the
     *     file's memory map
     * @return the encoder; close it to free its weights
     * @throws IllegalArgumentException if the type is float16, which T5's activations overflow
     * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and config do not fit
     */
    public static T5Encoder load(Path folder, Device device, DType type) {
        Preconditions.checkArgument(
                type != DType.FLOAT16,
                "T5Encoder: T5's activations overflow FLOAT16; load it as BFLOAT16 or FLOAT32");
        T5Config config = T5Config.read(FolderFiles.beside(folder, "config.json"));
        NDManager owner = Torch.manager(device);
        try (Weights weights = Weights.openModel(folder)) {
            Parameters all = Parameters.load(weights, owner, type, Memory.MAPPED);
            return new T5Encoder(owner, all, config);
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
    public static void check(T5Config config, Map<String, Shape> shapes, String description) {
        try (NDManager owner = Torch.manager(Device.cpu())) {
            new T5Encoder(owner, Parameters.check(shapes, description, owner), config);
        }
    }

    /**
     * Encodes texts.
     *
     * @param ids B rows of one length
     * @return token embeddings (B, S, D), owned by the innermost scope
     * @throws IllegalArgumentException if rows differ in length or an id is outside the vocabulary
     */
    public NDArray encode(long[][] ids) {
        NDArray tokens = TokenIds.tensor("T5Encoder", ids, Integer.MAX_VALUE, config.vocabulary());
        NDArray x = embed(Tensors.to(tokens, owner.getDevice()));
        NDArray bias = bias(ids[0].length);
        for (int i = 0; i < layers.size(); i++) {
            NDArray next = layer(i, x, bias);
            x.close();
            x = next;
        }
        bias.close();
        return PROGRAM.call("t5_norm", x, norm, config.eps());
    }

    NDArray embed(NDArray tokens) {
        return PROGRAM.call("t5_embed", tokens, embeddings);
    }

    NDArray layer(int index, NDArray x, NDArray bias) {
        return PROGRAM.call("t5_layer", x, bias, layers.get(index), config.heads(), config.eps());
    }

    /** Returns what attention adds for the distance between tokens, (1, H, S, S). */
    NDArray bias(int tokens) {
        return PROGRAM.call(
                "t5_bias", distances, tokens, config.buckets(), config.longestDistance());
    }

    /**
     * Returns the encoder's shape.
     *
     * @return the configuration
     */
    public T5Config config() {
        return config;
    }

    /** Frees the weights. */
    @Override
    public void close() {
        owner.close();
    }
}
