package io.github.icthp.diffusion.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;

import io.github.icthp.clip.ClipImageEncoder;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.weights.WeightsFormatException;

import java.util.Map;
import java.util.Set;

/**
 * What the names and shapes in a file tell of an IP-Adapter.
 *
 * @param kind how it makes tokens of features
 * @param featureWidth width of the features that it reads
 * @param contextWidth width of the UNet's text
 * @param attentions how many of the UNet's attentions it has matrices for
 */
record AdapterShape(Kind kind, int featureWidth, int contextWidth, int attentions) {

    static final String IMAGE = "image_proj";
    static final String LAYERS = "ip_adapter";
    static final String KEY = "to_k_ip.weight";
    static final String VALUE = "to_v_ip.weight";

    /** How an adapter makes tokens of features. */
    enum Kind {
        /** One linear layer makes four tokens of the tower's projected feature. */
        PLAIN,
        /** A resampler reads all tokens of the tower's last layer but one. */
        PLUS
    }

    /**
     * Recognizes an adapter.
     *
     * @throws WeightsFormatException if it is none, or of a kind that is not supported
     */
    static AdapterShape of(Map<String, Shape> shapes, String source) {
        refuseOthers(shapes.keySet(), source);
        int attentions = (int) shapes.keySet().stream().filter(n -> n.endsWith(KEY)).count();
        if (shapes.containsKey(IMAGE + ".latents")) {
            return new AdapterShape(
                    Kind.PLUS,
                    size(shapes, IMAGE + ".proj_in.weight", 1, source),
                    size(shapes, IMAGE + ".proj_out.weight", 0, source),
                    attentions);
        }
        return new AdapterShape(
                Kind.PLAIN,
                size(shapes, IMAGE + ".proj.weight", 1, source),
                size(shapes, IMAGE + ".norm.weight", 0, source),
                attentions);
    }

    private static void refuseOthers(Set<String> names, String source) {
        if (names.stream().noneMatch(name -> name.startsWith(IMAGE + "."))
                || names.stream().noneMatch(name -> name.startsWith(LAYERS + "."))) {
            throw new WeightsFormatException(
                    "StyleAdapter: expected an IP-Adapter with tensors below image_proj and"
                            + " ip_adapter, and "
                            + source
                            + " has "
                            + names.stream().limit(3).toList()
                            + "; name a file such as ip-adapter_sd15.safetensors");
        }
        String other = "";
        if (names.stream().anyMatch(name -> name.contains("lora"))) {
            other = "a FaceID adapter, which reads a face recognizer's features";
        } else if (names.contains(IMAGE + ".proj.0.weight")) {
            other = "a full-face adapter, whose projection has two layers";
        }
        if (!other.isEmpty()) {
            throw new WeightsFormatException(
                    "StyleAdapter: expected a plain or a Plus IP-Adapter, and "
                            + source
                            + " is "
                            + other
                            + "; name an ip-adapter or ip-adapter-plus file");
        }
    }

    /** Returns the features of pictures that this kind reads: (N, F), or (N, S, F). */
    NDArray features(ClipImageEncoder encoder, NDArray pixels) {
        return kind == Kind.PLAIN ? encoder.projected(pixels) : encoder.penultimate(pixels);
    }

    /** Says whether an encoder's features have the width that is read. */
    boolean reads(VisionSource encoder) {
        return widthOf(encoder) == featureWidth;
    }

    private int widthOf(VisionSource encoder) {
        return kind == Kind.PLAIN
                ? encoder.config().projection()
                : encoder.config().vision().width();
    }

    /**
     * Refuses an encoder of another width.
     *
     * @throws IllegalArgumentException if its features cannot be read
     */
    void requireFeaturesOf(VisionSource encoder) {
        Preconditions.checkArgument(
                reads(encoder),
                "StyleAdapter: the %s adapter reads %s of width %s, and those of %s have width %s;"
                        + " name the image encoder that the adapter was trained with, or"
                        + " one fine-tuned from it",
                kind == Kind.PLAIN ? "plain" : "Plus",
                kind == Kind.PLAIN ? "projected features" : "tokens of the last layer but one",
                featureWidth,
                encoder.name(),
                widthOf(encoder));
    }

    private static int size(Map<String, Shape> shapes, String name, int dimension, String source) {
        Shape shape = shapes.get(name);
        if (shape == null || shape.dimension() <= dimension) {
            throw new WeightsFormatException(
                    "StyleAdapter: "
                            + source
                            + " is no whole IP-Adapter: expected "
                            + name
                            + ", got "
                            + (shape == null ? "none" : shape)
                            + "; fetch the file again");
        }
        return (int) shape.get(dimension);
    }
}
