package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TorchProgram;

import java.util.List;

/**
 * A tower's weights, fused for inference and run in one call.
 *
 * @param parts the weights of the input, of every layer, and of the output
 * @param config the encoder's shape
 * @param packed whether weights lie in the processor's own layout
 */
record FusedEncoder(ImmutableList<TensorDict> parts, EncoderConfig config, boolean packed) {

    static final TorchProgram PROGRAM = TorchProgram.of(FusedEncoder.class, "fused.torchscript");

    private static final int PACKABLE = 64;

    /**
     * Fuses a tower's weights, whose own are closed layer by layer, so that memory never holds
     * both.
     *
     * <p>Widths that are no multiple of {@value #PACKABLE} keep their layout: oneDNN's packed
     * float32 products are wrong for some of them.
     */
    static FusedEncoder of(
            TensorDict input, ClipEncoder encoder, TensorDict output, boolean onCpu) {
        EncoderConfig config = encoder.config();
        boolean packed =
                onCpu && config.width() % PACKABLE == 0 && config.mlpWidth() % PACKABLE == 0;
        List<TensorDict> layers = encoder.layers();
        ImmutableList.Builder<TensorDict> parts = ImmutableList.builder();
        parts.add(input);
        layers.subList(0, layers.size() - 1)
                .forEach(layer -> parts.add(FusedLayer.of(layer, packed)));
        parts.add(FusedLayer.last(layers.get(layers.size() - 1), packed));
        return new FusedEncoder(parts.add(output).build(), config, packed);
    }

    NDArray run(NDArray pixels, NDArray rows, int patch) {
        return PROGRAM.call(
                "image_features",
                pixels,
                rows,
                parts,
                patch,
                config.heads(),
                config.layerNormEps(),
                config.activation().text(),
                packed);
    }

    NDArray run(NDArray ids, NDArray rows) {
        return PROGRAM.call(
                "text_features",
                ids,
                rows,
                parts,
                config.heads(),
                config.layerNormEps(),
                config.activation().text(),
                packed);
    }
}
