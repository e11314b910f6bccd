package io.github.icthp.diffusion.adapter;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.collect.Maps;

import io.github.icthp.clip.ClipImageEncoder;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.diffusion.adapter.AdapterShape.Kind;
import io.github.icthp.diffusion.adapter.Attentions.Attention;
import io.github.icthp.diffusion.adapter.ImageProjection.Resampler.Sizes;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.StyleTokens.Layer;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The weights of an IP-Adapter, plain or Plus, for a UNet (Ye et al. 2023, "IP-Adapter: Text
 * Compatible Image Prompt Adapter for Text-to-Image Diffusion Models", arXiv 2308.06721). Shapes: N
 * pictures, T tokens of a picture, E width of the UNet's text, C channels of an attention.
 *
 * <p>{@link StyleAdapter} says where they come from; a pipeline loads them when it needs them.
 */
public final class IpAdapter implements AutoCloseable {

    static final TorchProgram PROGRAM = TorchProgram.of(IpAdapter.class, "adapter.torchscript");

    private record Matrices(NDArray key, NDArray value) {}

    /** What a file's names and shapes are compared with. */
    private record Content(Map<String, Shape> shapes, Attentions unet, String source) {}

    private final NDManager owner;
    private final DType type;
    private final AdapterShape shape;
    private final ImageProjection projection;
    private final Map<String, Matrices> attentions = new LinkedHashMap<>();

    private IpAdapter(NDManager owner, DType type, Parameters all, Content content) {
        this.owner = owner;
        this.type = type;
        this.shape = AdapterShape.of(content.shapes(), content.source());
        content.unet().requireFamilyOf(shape, content.source());
        this.projection = projection(all, shape, content);
        int number = 1;
        for (Attention attention : content.unet().all()) {
            Parameters layer =
                    all.in(AdapterShape.LAYERS + "." + number)
                            .tensor(AdapterShape.KEY, attention.channels(), attention.context())
                            .tensor(AdapterShape.VALUE, attention.channels(), attention.context());
            attentions.put(
                    attention.path(),
                    new Matrices(layer.get(AdapterShape.KEY), layer.get(AdapterShape.VALUE)));
            number += 2;
        }
        all.finish();
    }

    private static ImageProjection projection(Parameters all, AdapterShape shape, Content content) {
        return shape.kind() == Kind.PLAIN
                ? new ImageProjection.Plain(all, shape)
                : new ImageProjection.Resampler(
                        all, shape, Sizes.of(content.shapes(), content.source()));
    }

    /**
     * Loads an adapter strictly.
     *
     * @param file the file, {@code .safetensors} or {@code .bin}
     * @param linears the UNet's linear layers by path, see {@link
     *     io.github.icthp.diffusion.model.Denoiser#linears}
     * @param device where to compute
     * @param type what it computes in, the UNet's type
     * @return the adapter, to be closed
     * @throws io.github.icthp.weights.WeightsFormatException if it is no plain or Plus IP-Adapter,
     *     or one of another family
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static IpAdapter load(
            Path file, Map<String, LinearShape> linears, Device device, DType type) {
        NDManager owner = Torch.manager(device);
        try (Weights weights = Weights.open(file)) {
            return new IpAdapter(
                    owner,
                    type,
                    Parameters.load(weights, owner, type, Memory.MAPPED),
                    new Content(shapes(weights), Attentions.of(linears), weights.source()));
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Checks an adapter against a UNet without reading any values.
     *
     * @param file the file, {@code .safetensors} or {@code .bin}
     * @param linears the UNet's linear layers by path
     * @throws io.github.icthp.weights.WeightsFormatException if it is no plain or Plus IP-Adapter,
     *     or one of another family
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static void check(Path file, Map<String, LinearShape> linears) {
        try (Weights weights = Weights.open(file)) {
            check(shapes(weights), linears, weights.source());
        }
    }

    static void check(Map<String, Shape> shapes, Map<String, LinearShape> linears, String source) {
        try (NDManager owner = Torch.manager(Device.cpu())) {
            new IpAdapter(
                    owner,
                    DType.FLOAT32,
                    Parameters.check(shapes, source, owner),
                    new Content(shapes, Attentions.of(linears), source));
        }
    }

    static Map<String, Shape> shapes(Weights weights) {
        return Maps.toMap(weights.names(), name -> weights.info(name).shape());
    }

    /** Returns the encoder's features that this reads, in the adapter's type. */
    NDArray features(ClipImageEncoder encoder, NDArray pixels) {
        return Tensors.cast(shape.features(encoder, pixels), type);
    }

    /**
     * Returns the tokens that stand for no picture, (N, T, E): of features that are zero, or for
     * Plus of pixels that are zero.
     *
     * @param mapped what is done to an encoder's features
     * @param pictures N
     */
    NDArray unconditional(ClipImageEncoder encoder, UnaryOperator<NDArray> mapped, int pictures) {
        NDArray features;
        if (shape.kind() == Kind.PLAIN) {
            NDArray zeros = Tensors.of(new float[shape.featureWidth()], 1, shape.featureWidth());
            features = Tensors.cast(Tensors.to(zeros, owner.getDevice()), type);
        } else {
            features = mapped.apply(features(encoder, encoder.zeroPixels()));
        }
        return PROGRAM.call("batch", tokens(features), tokens(features), 0, pictures);
    }

    /**
     * Makes tokens of features.
     *
     * @param features (N, F) of a plain adapter, the tower's projected features; (N, S, F) of Plus,
     *     all tokens of its last layer but one
     * @return (N, T, E), owned by the innermost scope
     */
    public NDArray tokens(NDArray features) {
        return projection.tokens(features);
    }

    /**
     * Returns what the UNet's attentions read tokens with.
     *
     * @param scale how strongly each does
     * @return by path of the attention; those of scale 0 are left out
     * @throws IllegalArgumentException if the scale names a block that the UNet does not have
     */
    public Map<String, Layer> layers(StyleScale scale) {
        scale.requireKnown(attentions.keySet());
        Map<String, Layer> layers = new LinkedHashMap<>();
        attentions.forEach(
                (path, matrices) -> {
                    double strength = scale.of(path);
                    if (strength != 0) {
                        layers.put(path, new Layer(matrices.key(), matrices.value(), strength));
                    }
                });
        return layers;
    }

    /**
     * Refuses an encoder whose features have another width, before it is loaded.
     *
     * @throws IllegalArgumentException if this adapter cannot read its features
     */
    void requireFeaturesOf(VisionSource encoder) {
        shape.requireFeaturesOf(encoder);
    }

    /** Frees the weights. */
    @Override
    public void close() {
        owner.close();
    }
}
