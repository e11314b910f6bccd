package io.github.icthp.clip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tower's weights, fused for inference. It runs in one call, or layer by layer if some of them
 * stay in the file's map and are fused each time: then memory holds one of those.
 *
 * @param parts the weights of the input, of every layer, and of the output
 * @param mapped by the place among the parts, the layers that stay in the file's map
 * @param config the encoder's shape
 * @param packed whether weights lie in the processor's own layout
 */
record FusedEncoder(
        ImmutableList<TensorDict> parts,
        ImmutableMap<Integer, Parameters> mapped,
        EncoderConfig config,
        boolean packed) {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    FusedEncoder.class,
                    "fused.torchscript",
                    "patches.torchscript",
                    "products.torchscript",
                    "/io/github/icthp/torch/widened.torchscript");

    private static final int PACKABLE = 64;

    /** For fewer tokens, laying out a layer's weights takes longer than it gains. */
    private static final int PACKED_ROWS = 1024;

    /** Tokens of several images that a product takes at once. */
    private static final int MOST_ROWS = 1300;

    /**
     * Loads the layers' weights between those of input and output, fusing each as it comes: memory
     * never holds more than one layer twice.
     *
     * <p>With {@code inFile}, layers whose parameters are mapped stay so.
     *
     * <p>Widths that are no multiple of {@value #PACKABLE} keep their layout: oneDNN's packed
     * float32 products are wrong for some of them. So do all where that gains nothing.
     */
    static FusedEncoder load(
            TensorDict input,
            TensorDict output,
            Parameters parameters,
            EncoderConfig config,
            boolean pack,
            boolean inFile) {
        boolean packed =
                pack
                        && config.width() % PACKABLE == 0
                        && config.mlpWidth() % PACKABLE == 0
                        && Torch.packsLinears(Device.cpu(), type(output));
        ImmutableList.Builder<TensorDict> parts = ImmutableList.builder();
        parts.add(input);
        int last = config.layers() - 1;
        ImmutableMap.Builder<Integer, Parameters> mapped = ImmutableMap.builder();
        for (int i = 0; i < last; i++) {
            Parameters own = parameters.in("layers." + i);
            TensorDict plain = ClipEncoder.layer(own, config);
            if (inFile && own.isMapped("mlp.fc1.weight")) {
                mapped.put(i + 1, own);
                parts.add(plain);
            } else {
                parts.add(FusedLayer.of(plain, packed));
            }
        }
        TensorDict end = ClipEncoder.layer(parameters.in("layers." + last), config);
        parts.add(FusedLayer.last(end, packed));
        return new FusedEncoder(parts.add(output).build(), mapped.buildOrThrow(), config, packed);
    }

    private static DType type(TensorDict weights) {
        return Tensors.dtype(weights.tensors().values().iterator().next());
    }

    /** Encodes images; the first token of each is pooled. */
    NDArray run(NDArray pixels, int tokens, int patch) {
        int images = (int) pixels.getShape().get(0);
        if (mapped.isEmpty()) {
            return whole(pixels, firstTokens(images, tokens), patch);
        }
        // More images at once than fill the processor's products only hold more activations.
        int most = Math.max(1, MOST_ROWS / tokens);
        List<NDArray> encoded = new ArrayList<>();
        for (int i = 0; i < images; i += most) {
            int count = Math.min(most, images - i);
            try (TensorScope scope = TensorScope.open()) {
                NDArray some = PROGRAM.call("some", pixels, i, count);
                encoded.add(scope.keep(inSteps(some, firstTokens(count, tokens), patch)));
            }
        }
        return encoded.size() == 1 ? encoded.get(0) : PROGRAM.call("stack", encoded);
    }

    private static NDArray firstTokens(int images, int tokens) {
        long[] rows = new long[images];
        Arrays.setAll(rows, b -> (long) b * tokens);
        return Tensors.of(rows, images);
    }

    private NDArray inSteps(NDArray pixels, NDArray rows, int patch) {
        NDArray x = PROGRAM.call("image_input", pixels, parts.get(0), patch, eps());
        for (int i = 1; i < parts.size() - 2; i++) {
            NDArray next = layer(i, x);
            x.close();
            x = next;
        }
        List<TensorDict> end = parts.subList(parts.size() - 2, parts.size());
        return PROGRAM.call("image_output", x, rows, end, heads(), eps(), activation(), packed);
    }

    private NDArray whole(NDArray pixels, NDArray rows, int patch) {
        return PROGRAM.call(
                "image_features", pixels, rows, parts, patch, heads(), eps(), activation(), packed);
    }

    NDArray run(NDArray ids, NDArray rows) {
        return PROGRAM.call(
                "text_features", ids, rows, parts, heads(), eps(), activation(), packed);
    }

    private NDArray layer(int place, NDArray x) {
        Parameters inFile = mapped.get(place);
        if (inFile == null) {
            return layer(x, parts.get(place), packed);
        }
        Shape shape = x.getShape();
        boolean pack = packed && shape.get(0) * shape.get(1) >= PACKED_ROWS;
        try (TensorScope scope = TensorScope.open()) {
            TensorDict fused = FusedLayer.passing(parts.get(place), scope.manager(), pack);
            NDArray result = scope.keep(layer(x, fused, pack));
            inFile.releasePages();
            return result;
        }
    }

    private NDArray layer(NDArray x, TensorDict weights, boolean inOwnLayout) {
        return PROGRAM.call("image_layer", x, weights, heads(), eps(), activation(), inOwnLayout);
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
}
