package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.blip.BlipPart.Loading;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * BLIP's vision transformer, all of whose tokens are read. Shapes: B images, I image side, T
 * tokens, V width.
 */
final class BlipVision {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    BlipVision.class,
                    "blip.torchscript",
                    "/io/github/icthp/clip/patches.torchscript",
                    "/io/github/icthp/clip/products.torchscript",
                    "/io/github/icthp/torch/widened.torchscript");

    private static final String POSITIONS = "position_embedding";
    private static final int PACKABLE = 64;

    /** For fewer tokens, laying out a layer's weights takes longer than it gains. */
    private static final int PACKED_ROWS = 1024;

    /** Of so many layers one stays in the file, see {@link #memory}. */
    private static final int SHARE = 3;

    private static final Pattern LAYER =
            Pattern.compile("vision_model\\.encoder\\.layers\\.(\\d+)\\..*");

    /** Tokens of several images that a product takes at once. */
    private static final int MOST_ROWS = 1300;

    private final BlipConfig config;
    private final ImmutableList<TensorDict> parts;

    /** The layers that stay in the file's map, by their place among the parts. */
    private final ImmutableMap<Integer, Parameters> mapped;

    private final boolean packed;

    /**
     * Names the tower's parameters.
     *
     * @param parameters the root of a model's names
     * @param config the model's shape
     * @param type the activations' type
     * @param loading how parameters are loaded; widths that are no multiple of {@value #PACKABLE}
     *     keep their layout, for oneDNN's packed float32 products are wrong for some of them
     */
    BlipVision(Parameters parameters, BlipConfig config, DType type, Loading loading) {
        EncoderConfig encoder = config.vision();
        Loading tower = loading.packedIf(packable(encoder));
        this.config = config;
        this.packed = tower.packed();
        Parameters all = parameters.in("vision_model");
        ImmutableList.Builder<TensorDict> made = ImmutableList.builder();
        ImmutableMap.Builder<Integer, Parameters> inFile = ImmutableMap.builder();
        made.add(input(all.in("embeddings"), config, type, tower));
        for (int i = 0; i < encoder.layers(); i++) {
            Parameters own = all.in("encoder.layers." + i);
            if (packed && own.isMapped("mlp.fc1.weight")) {
                made.add(layer(own, encoder, Loading.names(loading.owner())).dict());
                inFile.put(i + 1, all);
            } else {
                made.add(layer(own, encoder, tower).dict());
            }
        }
        made.add(
                new BlipPart(all, tower, 0)
                        .norm("post_layernorm", "post_layernorm", encoder.width())
                        .dict());
        this.parts = made.build();
        this.mapped = inFile.buildOrThrow();
    }

    /**
     * Where a parameter of a packed tower should live. Most weights are replaced when packed, and a
     * file's map would stay resident beside them. Every third layer stays in the file: to lay it
     * out for each batch takes a small part of the batch's time.
     */
    static Memory memory(String name) {
        Matcher layer = LAYER.matcher(name);
        return layer.matches() && Integer.parseInt(layer.group(1)) % SHARE == 1
                ? Memory.MAPPED
                : Memory.OWNED;
    }

    static boolean packable(EncoderConfig encoder) {
        return encoder.width() % PACKABLE == 0 && encoder.mlpWidth() % PACKABLE == 0;
    }

    private static TensorDict input(
            Parameters all, BlipConfig config, DType type, Loading loading) {
        int v = config.vision().width();
        int p = config.patchSize();
        BlipPart part =
                new BlipPart(all, loading, 0)
                        .tensor("class_embedding", "class_embedding", 1, 1, v)
                        .tensor(POSITIONS, POSITIONS, 1, config.storedImageTokens(), v)
                        .tensor("patch_embedding.weight", "patch_embedding.weight", v, 3, p, p)
                        .tensor("patch_embedding.bias", "patch_embedding.bias", v);
        if (config.imageSize() != config.storedImageSize()) {
            NDArray stored = part.get(POSITIONS);
            part.replace(POSITIONS, () -> Tensors.cast(resizePositions(stored, config), type));
        }
        return part.dict();
    }

    /** The position table of weights, (1, T', V), for the config's image size, (1, T, V). */
    static NDArray resizePositions(NDArray stored, BlipConfig config) {
        return PROGRAM.call(
                "resize_positions",
                stored,
                config.storedImageSize() / config.patchSize(),
                config.imageSize() / config.patchSize());
    }

    private static BlipPart layer(Parameters all, EncoderConfig encoder, Loading loading) {
        int v = encoder.width();
        return new BlipPart(all, loading, BlipPart.IMAGE_ROWS)
                .norm("layer_norm1", "layer_norm1", v)
                .linear("qkv", "self_attn.qkv", 3L * v, v)
                .linear("projection", "self_attn.projection", v, v)
                .norm("layer_norm2", "layer_norm2", v)
                .linear("fc1", "mlp.fc1", encoder.mlpWidth(), v)
                .linear("fc2", "mlp.fc2", v, encoder.mlpWidth());
    }

    /**
     * Encodes pixels (B, 3, I, I), normalized and of the tower's type: tokens (B, T, V). More
     * images at once than fill the processor's products would only hold more activations.
     */
    NDArray forward(NDArray pixels) {
        int most = Math.max(1, MOST_ROWS / config.imageTokens());
        int images = (int) pixels.getShape().get(0);
        if (!packed || images <= most) {
            return tokens(pixels);
        }
        List<NDArray> encoded = new ArrayList<>();
        for (int i = 0; i < images; i += most) {
            NDArray some = PROGRAM.call("rows", pixels, i, Math.min(most, images - i));
            encoded.add(tokens(some));
            some.close();
        }
        NDArray all = PROGRAM.call("stack", encoded);
        encoded.forEach(NDArray::close);
        return all;
    }

    private NDArray tokens(NDArray pixels) {
        if (!mapped.isEmpty()) {
            NDArray x = embed(pixels);
            for (int i = 0; i < config.vision().layers(); i++) {
                NDArray next = layer(i, x);
                x.close();
                x = next;
            }
            return finalNorm(x);
        }
        return PROGRAM.call(
                "image_tokens",
                pixels,
                parts,
                config.patchSize(),
                config.vision().heads(),
                config.vision().layerNormEps(),
                packed);
    }

    /** The same in stages: embedding, every layer, and the final norm. */
    List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        stages.add((state, context) -> List.of(embed(state.get(0))));
        for (int i = 0; i < config.vision().layers(); i++) {
            int index = i;
            stages.add((state, context) -> List.of(layer(index, state.get(0))));
        }
        stages.add((state, context) -> List.of(finalNorm(state.get(0))));
        return stages;
    }

    /** The embeddings of pixels, before the first layer. */
    NDArray embed(NDArray pixels) {
        return PROGRAM.call("embed_image", pixels, parts.get(0), config.patchSize());
    }

    /** One layer's output. */
    NDArray layer(int index, NDArray x) {
        Parameters inFile = mapped.get(index + 1);
        if (inFile == null) {
            return layer(x, parts.get(index + 1), packed);
        }
        boolean pack = x.getShape().get(0) * x.getShape().get(1) >= PACKED_ROWS;
        try (TensorScope scope = TensorScope.open()) {
            Loading passing = Loading.passing(scope.manager(), pack);
            BlipPart part = layer(inFile.in("encoder.layers." + index), config.vision(), passing);
            NDArray result = scope.keep(layer(x, part.dict(), pack));
            part.releasePages();
            return result;
        }
    }

    private NDArray layer(NDArray x, TensorDict weights, boolean inOwnLayout) {
        return PROGRAM.call(
                "vision_layer",
                x,
                weights,
                config.vision().heads(),
                config.vision().layerNormEps(),
                inOwnLayout);
    }

    /** The norm after the last layer. */
    NDArray finalNorm(NDArray x) {
        TensorDict output = parts.get(parts.size() - 1);
        return PROGRAM.call("norm", x, output, "post_layernorm", config.vision().layerNormEps());
    }
}
