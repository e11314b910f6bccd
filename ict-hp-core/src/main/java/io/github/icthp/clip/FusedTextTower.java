package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;

import java.util.Arrays;

/** A text tower for {@link io.github.icthp.torch.Autograd.Mode#INFERENCE} alone, and faster. */
public final class FusedTextTower {

    private final FusedEncoder encoder;
    private final EosPooling ends;

    /**
     * Loads the tower, fusing its layers as they come.
     *
     * @param parameters the root of a CLIP model's names, in {@link Parameters.Memory#OWNED}
     *     memory: most of it is given back
     * @param config the model's shape
     * @param pack whether weights go into the processor's own layout, for float32 and bfloat16 on a
     *     CPU
     */
    public FusedTextTower(Parameters parameters, ClipConfig config, boolean pack) {
        this.encoder =
                FusedEncoder.load(
                        ClipTextTower.input(parameters, config),
                        ClipTextTower.output(parameters, config),
                        parameters.in(ClipTextTower.LAYERS),
                        config.text(),
                        pack,
                        false);
        this.ends = new EosPooling(config);
    }

    /**
     * Encodes texts, as {@link ClipTextTower#forward} does.
     *
     * @param ids B rows of the same length of at most the model's positions, each with an end token
     * @return (B, P), projected and not normalized
     * @throws IllegalArgumentException as {@link ClipTextTower#forward} throws it
     */
    public NDArray forward(long[][] ids) {
        long[] pooled = ends.of(ids);
        int length = EosPooling.length(pooled);
        long[] rows = new long[pooled.length];
        Arrays.setAll(rows, b -> b * (long) length + pooled[b]);
        return encoder.run(EosPooling.cut(ids, length), Tensors.of(rows, rows.length));
    }
}
