package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.blip.BlipPart.Loading;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.List;

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
                    "/io/github/icthp/clip/products.torchscript");

    private static final String POSITIONS = "position_embedding";
    private static final int PACKABLE = 64;

    private final BlipConfig config;
    private final ImmutableList<TensorDict> parts;
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
        made.add(input(all.in("embeddings"), config, type, tower));
        for (int i = 0; i < encoder.layers(); i++) {
            made.add(layer(all.in("encoder.layers." + i), encoder, tower));
        }
        made.add(
                new BlipPart(all, tower, 0)
                        .norm("post_layernorm", "post_layernorm", encoder.width())
                        .dict());
        this.parts = made.build();
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

    private static TensorDict layer(Parameters all, EncoderConfig encoder, Loading loading) {
        int v = encoder.width();
        return new BlipPart(all, loading, BlipPart.IMAGE_ROWS)
                .norm("layer_norm1", "layer_norm1", v)
                .linear("qkv", "self_attn.qkv", 3L * v, v)
                .linear("projection", "self_attn.projection", v, v)
                .norm("layer_norm2", "layer_norm2", v)
                .linear("fc1", "mlp.fc1", encoder.mlpWidth(), v)
                .linear("fc2", "mlp.fc2", v, encoder.mlpWidth())
                .dict();
    }

    /** Encodes pixels (B, 3, I, I), normalized and of the tower's type: tokens (B, T, V). */
    NDArray forward(NDArray pixels) {
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
        return PROGRAM.call(
                "vision_layer",
                x,
                parts.get(index + 1),
                config.vision().heads(),
                config.vision().layerNormEps(),
                packed);
    }

    /** The norm after the last layer. */
    NDArray finalNorm(NDArray x) {
        TensorDict output = parts.get(parts.size() - 1);
        return PROGRAM.call("norm", x, output, "post_layernorm", config.vision().layerNormEps());
    }
}
