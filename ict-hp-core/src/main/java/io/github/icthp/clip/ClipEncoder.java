package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;

/** A stack of pre-norm transformer layers. Shapes: B batch, S tokens, D width. */
public final class ClipEncoder {

    static final TorchProgram PROGRAM = TorchProgram.of(ClipEncoder.class, "clip.torchscript");

    private final EncoderConfig config;
    private final boolean causal;
    private final ImmutableList<TensorDict> layers;

    ClipEncoder(Parameters parameters, EncoderConfig config, boolean causal) {
        this.config = config;
        this.causal = causal;
        ImmutableList.Builder<TensorDict> all = ImmutableList.builder();
        for (int i = 0; i < config.layers(); i++) {
            all.add(layer(parameters.in("layers." + i), config));
        }
        this.layers = all.build();
    }

    private static TensorDict layer(Parameters p, EncoderConfig config) {
        int d = config.width();
        return p.norm("layer_norm1", d)
                .linear("self_attn.q_proj", d, d)
                .linear("self_attn.k_proj", d, d)
                .linear("self_attn.v_proj", d, d)
                .linear("self_attn.out_proj", d, d)
                .norm("layer_norm2", d)
                .linear("mlp.fc1", config.mlpWidth(), d)
                .linear("mlp.fc2", d, config.mlpWidth())
                .dict();
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
        return PROGRAM.call(
                "layer",
                x,
                layers.get(index),
                config.heads(),
                config.layerNormEps(),
                config.activation().text(),
                causal);
    }

    /**
     * Runs every layer; the input and what lies between layers is closed (a graph keeps what it
     * needs).
     *
     * @param input (B, S, D)
     * @return (B, S, D)
     */
    public NDArray forward(NDArray input) {
        NDArray x = input;
        for (int i = 0; i < layers.size(); i++) {
            NDArray next = layer(i, x);
            x.close();
            x = next;
        }
        return x;
    }
}
