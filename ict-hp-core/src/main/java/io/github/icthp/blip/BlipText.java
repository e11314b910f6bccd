package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;

import io.github.icthp.blip.BlipPart.Loading;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;

import java.util.List;
import java.util.function.Function;

/**
 * BLIP's text encoder: BERT, which reads a text alone or together with an image. In every layer
 * attention within the text is followed by attention to all tokens of the image, then by the
 * feed-forward network; each adds its input and normalizes. Shapes: N texts, S tokens, D width; B
 * images, T tokens, V width.
 */
final class BlipText {

    private static final TorchProgram PROGRAM = BlipVision.PROGRAM;

    private final BlipConfig config;
    private final BlipPart embeddings;
    private final TensorDict embeddingWeights;
    private final ImmutableList<Layer> layers;
    private final boolean packed;

    /** A layer's weights, which are ready or made so each time. */
    private interface Layer {

        /** Returns what a body computes with the weights, owned by the innermost scope. */
        NDArray with(Function<TensorDict, NDArray> body);
    }

    /** Layers that stay in the file's map: one after the other is resident while it computes. */
    private record MappedLayer(Parameters all, int index, BlipConfig config) implements Layer {

        @Override
        public NDArray with(Function<TensorDict, NDArray> body) {
            try (TensorScope scope = TensorScope.open()) {
                Loading passing = Loading.passing(scope.manager(), false);
                BlipPart part = BlipText.layer(all, index, config, passing);
                NDArray result = scope.keep(body.apply(part.dict()));
                part.releasePages();
                return result;
            }
        }
    }

    /**
     * Names the encoder's parameters.
     *
     * @param parameters the root of a model's names
     * @param config the model's shape
     * @param loading how parameters are loaded
     */
    BlipText(Parameters parameters, BlipConfig config, Loading loading) {
        EncoderConfig encoder = config.text();
        Loading tower =
                loading.packedIf(
                        BlipVision.packable(encoder) && BlipVision.packable(config.vision()));
        Parameters all = parameters.in("text_encoder");
        boolean mapped = tower.packed() && all.isMapped("encoder.layer.0.output.dense.weight");
        this.config = config;
        this.packed = tower.packed() && !mapped;
        this.embeddings =
                new BlipPart(all.in("embeddings"), tower, 0)
                        .tensor(
                                "word_embeddings.weight",
                                "word_embeddings.weight",
                                config.vocabulary(),
                                encoder.width())
                        .tensor(
                                "position_embeddings.weight",
                                "position_embeddings.weight",
                                config.positions(),
                                encoder.width())
                        .norm("LayerNorm", "LayerNorm", encoder.width());
        this.embeddingWeights = embeddings.dict();
        ImmutableList.Builder<Layer> made = ImmutableList.builder();
        for (int i = 0; i < encoder.layers(); i++) {
            if (mapped) {
                var unused = layer(all, i, config, Loading.names(tower.owner()));
                made.add(new MappedLayer(all, i, config));
            } else {
                TensorDict weights = layer(all, i, config, tower).dict();
                made.add(body -> body.apply(weights));
            }
        }
        this.layers = made.build();
    }

    private static BlipPart layer(Parameters all, int index, BlipConfig config, Loading loading) {
        int d = config.text().width();
        int v = config.vision().width();
        int mlp = config.text().mlpWidth();
        List<String> within =
                List.of("attention.self.query", "attention.self.key", "attention.self.value");
        List<String> across = List.of("crossattention.self.key", "crossattention.self.value");
        return new BlipPart(all.in("encoder.layer." + index), loading, BlipPart.TEXT_ROWS)
                .stack("self.qkv", within, d, d, BlipPart.TEXT_ROWS)
                .linear("self.output", "attention.output.dense", d, d)
                .norm("self.LayerNorm", "attention.output.LayerNorm", d)
                .linear("cross.query", "crossattention.self.query", d, d)
                .stack("cross.kv", across, d, v, BlipPart.IMAGE_ROWS)
                .linear("cross.output", "crossattention.output.dense", d, d)
                .norm("cross.LayerNorm", "crossattention.output.LayerNorm", d)
                .linear("intermediate", "intermediate.dense", mlp, d)
                .linear("output", "output.dense", d, mlp)
                .norm("LayerNorm", "output.LayerNorm", d);
    }

    /** Reads texts alone: their first tokens after the last layer, (N, D). */
    NDArray forward(BertTokens texts) {
        NDArray lengths = lengths(texts);
        return first(
                texts,
                (x, weights, last) ->
                        PROGRAM.call(
                                "text_layer", x, lengths, weights, heads(), eps(), last, packed));
    }

    /** One layer: (N, S, D), the first token alone of the last. */
    private interface Step {
        NDArray run(NDArray x, TensorDict weights, boolean last);
    }

    private NDArray first(BertTokens texts, Step step) {
        NDArray x = embed(texts);
        for (int i = 0; i < layers.size(); i++) {
            NDArray input = x;
            boolean last = i == layers.size() - 1;
            x = layers.get(i).with(weights -> step.run(input, weights, last));
            input.close();
        }
        return PROGRAM.call("class_tokens", x);
    }

    /**
     * Reads each text with its image: first tokens after the last layer, (N, D).
     *
     * @param images tokens of images, (B, T, V)
     * @param texts N texts
     * @param image the row of {@code images} that each text is read with
     */
    NDArray forward(NDArray images, BertTokens texts, int[] image) {
        int rows = (int) images.getShape().get(0);
        Preconditions.checkArgument(
                image.length == texts.size(),
                "BlipModel: expected an image for each of %s texts, got %s",
                texts.size(),
                image.length);
        for (int row : image) {
            Preconditions.checkArgument(
                    row >= 0 && row < rows,
                    "BlipModel: expected images from 0 to %s, got %s",
                    rows - 1,
                    row);
        }
        NDArray lengths = lengths(texts);
        NDArray index = index(image);
        int each = each(image, rows);
        return first(
                texts,
                (x, weights, last) ->
                        PROGRAM.call(
                                "pair_layer",
                                x,
                                lengths,
                                images,
                                index,
                                each,
                                weights,
                                heads(),
                                eps(),
                                last,
                                packed));
    }

    /** How many texts every image has, if they are as many for all and in order; else 0. */
    static int each(int[] image, int rows) {
        if (image.length == 0 || image.length % rows != 0) {
            return 0;
        }
        int each = image.length / rows;
        for (int i = 0; i < image.length; i++) {
            if (image[i] != i / each) {
                return 0;
            }
        }
        return each;
    }

    private static NDArray index(int[] rows) {
        long[] wide = java.util.Arrays.stream(rows).asLongStream().toArray();
        return Tensors.of(wide, wide.length);
    }

    /** The ids, cut behind the longest text, (N, S). */
    private NDArray ids(BertTokens texts) {
        int length = texts.longest();
        Preconditions.checkArgument(
                texts.size() > 0 && length <= config.positions(),
                "BlipModel: expected texts of at most %s tokens, got %s texts of up to %s",
                config.positions(),
                texts.size(),
                length);
        long[] flat = new long[texts.size() * length];
        for (int n = 0; n < texts.size(); n++) {
            for (int s = 0; s < length; s++) {
                flat[n * length + s] = checked(texts.id(n, s));
            }
        }
        return Tensors.of(flat, texts.size(), length);
    }

    private long checked(long id) {
        Preconditions.checkArgument(
                id >= 0 && id < config.vocabulary(),
                "BlipModel: token id %s is outside the vocabulary of %s",
                id,
                config.vocabulary());
        return id;
    }

    private static NDArray lengths(BertTokens texts) {
        long[] lengths = new long[texts.size()];
        java.util.Arrays.setAll(lengths, texts::length);
        return Tensors.of(lengths, lengths.length);
    }

    private int heads() {
        return config.text().heads();
    }

    private double eps() {
        return config.text().layerNormEps();
    }

    /** The embeddings of texts, before the first layer: (N, S, D). */
    NDArray embed(BertTokens texts) {
        NDArray x = PROGRAM.call("embed_text", ids(texts), embeddingWeights, eps());
        embeddings.releasePages();
        return x;
    }

    /** The first third of a layer. */
    NDArray selfAttention(int layer, NDArray x, BertTokens texts) {
        NDArray lengths = lengths(texts);
        return layers.get(layer)
                .with(w -> PROGRAM.call("self_attention", x, lengths, w, heads(), eps(), packed));
    }

    /** The second third of a layer; text n reads row n of images. */
    NDArray crossAttention(int layer, NDArray x, NDArray images) {
        NDArray index = index(new int[] {0});
        return layers.get(layer)
                .with(
                        w ->
                                PROGRAM.call(
                                        "cross_attention",
                                        x,
                                        images,
                                        index,
                                        1,
                                        w,
                                        heads(),
                                        eps(),
                                        packed));
    }

    /** The last third of a layer. */
    NDArray feedForward(int layer, NDArray x) {
        return layers.get(layer).with(w -> PROGRAM.call("feed_forward", x, w, eps(), packed));
    }
}
