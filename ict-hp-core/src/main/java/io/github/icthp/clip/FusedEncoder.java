package io.github.icthp.clip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.TorchProgramException;
import io.github.icthp.weights.Parameters;

/**
 * A tower's weights, fused for inference and run in one call.
 *
 * @param parts the weights of the input, of every layer, and of the output
 * @param config the encoder's shape
 * @param packed whether weights lie in the processor's own layout
 */
record FusedEncoder(ImmutableList<TensorDict> parts, EncoderConfig config, boolean packed) {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    FusedEncoder.class,
                    "fused.torchscript",
                    "patches.torchscript",
                    "products.torchscript");

    private static final int PACKABLE = 64;

    /**
     * Whether this processor lays out bfloat16 weights: oneDNN asks AVX512 of it, or Arm's bf16.
     */
    private static final class Bfloat16 {

        static final boolean PACKS = packs();

        private static boolean packs() {
            try {
                return TensorScope.call(
                        Device.cpu(),
                        () -> {
                            NDArray zeros =
                                    Tensors.of(new float[PACKABLE * PACKABLE], PACKABLE, PACKABLE);
                            NDArray weight = Tensors.cast(zeros, DType.BFLOAT16);
                            Autograd.in(
                                    Mode.INFERENCE, () -> PROGRAM.call("pack", weight, PACKABLE));
                            return true;
                        });
            } catch (TorchProgramException e) {
                return false;
            }
        }
    }

    /**
     * Loads the layers' weights between those of input and output, fusing each as it comes: memory
     * never holds more than one layer twice.
     *
     * <p>Widths that are no multiple of {@value #PACKABLE} keep their layout: oneDNN's packed
     * float32 products are wrong for some of them. So does bfloat16 on a processor that cannot pack
     * it.
     */
    static FusedEncoder load(
            TensorDict input,
            TensorDict output,
            Parameters parameters,
            EncoderConfig config,
            boolean pack) {
        boolean packed =
                pack
                        && config.width() % PACKABLE == 0
                        && config.mlpWidth() % PACKABLE == 0
                        && (type(output) != DType.BFLOAT16 || Bfloat16.PACKS);
        ImmutableList.Builder<TensorDict> parts = ImmutableList.builder();
        parts.add(input);
        int last = config.layers() - 1;
        for (int i = 0; i < last; i++) {
            parts.add(FusedLayer.of(layer(parameters, i, config), packed));
        }
        parts.add(FusedLayer.last(layer(parameters, last, config), packed));
        return new FusedEncoder(parts.add(output).build(), config, packed);
    }

    private static DType type(TensorDict weights) {
        return Tensors.dtype(weights.tensors().values().iterator().next());
    }

    private static TensorDict layer(Parameters parameters, int index, EncoderConfig config) {
        return ClipEncoder.layer(parameters.in("layers." + index), config);
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
