package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.List;

/** A stack of pre-norm transformer layers. Shapes: B batch, S tokens, D width. */
public final class ClipEncoder {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    ClipEncoder.class,
                    "clip.torchscript",
                    "patches.torchscript",
                    "/io/github/icthp/torch/widened.torchscript");

    private final EncoderConfig config;
    private final boolean causal;
    private final ImmutableList<TensorDict> layers;

    /**
     * Names the layers' parameters.
     *
     * @param parameters the names above {@code layers.0}
     * @param config the encoder's shape
     * @param causal whether a token attends to itself and those before it alone, as in text
     */
    public ClipEncoder(Parameters parameters, EncoderConfig config, boolean causal) {
        this.config = config;
        this.causal = causal;
        ImmutableList.Builder<TensorDict> all = ImmutableList.builder();
        for (int i = 0; i < config.layers(); i++) {
            all.add(layer(parameters.in("layers." + i), config));
        }
        this.layers = all.build();
    }

    /** Names one layer's parameters, which are returned under their names below the layer. */
    static TensorDict layer(Parameters p, EncoderConfig config) {
        return name(p, config).dict();
    }

    /** Names one layer's parameters. */
    static Parameters name(Parameters p, EncoderConfig config) {
        int d = config.width();
        return p.norm("layer_norm1", d)
                .linear("self_attn.q_proj", d, d)
                .linear("self_attn.k_proj", d, d)
                .linear("self_attn.v_proj", d, d)
                .linear("self_attn.out_proj", d, d)
                .norm("layer_norm2", d)
                .linear("mlp.fc1", config.mlpWidth(), d)
                .linear("mlp.fc2", d, config.mlpWidth());
    }

    /**
     * Returns the weights of every layer, under their names below the layer.
     *
     * @return one dictionary a layer
     */
    public ImmutableList<TensorDict> layers() {
        return layers;
    }

    /**
     * Runs one layer.
     *
     * @param index which, from 0
     * @param x (B, S, D)
     * @return (B, S, D)
     */
    public NDArray layer(int index, NDArray x) {
        return layer(x, layers.get(index));
    }

    private NDArray layer(NDArray x, TensorDict weights) {
        return PROGRAM.call("layer", x, weights, heads(), eps(), activation(), causal);
    }

    private NDArray pooledLayer(NDArray x, TensorDict weights, NDArray index) {
        return PROGRAM.call(
                "pooled_layer", x, index, weights, heads(), eps(), activation(), causal);
    }

    private int heads() {
        return config.heads();
    }

    private double eps() {
        return config.layerNormEps();
    }

    private String activation() {
        return config.activation().text();
    }

    /**
     * Returns the layers as stages, (B, S, D) to (B, S, D), the last of which computes the pooled
     * token alone, (B, S, D) to (B, D): after it nothing else is read.
     */
    List<ClipStage> stages() {
        List<ClipStage> stages = new ArrayList<>();
        for (TensorDict weights : layers.subList(0, layers.size() - 1)) {
            stages.add(ClipStage.of(weights, this::layer));
        }
        stages.add(new ClipStage(layers.get(layers.size() - 1), this::pooledLayer));
        return stages;
    }
}
