package io.github.icthp.diffusion.adapter;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.ImageSource;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.torch.DType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reference pictures whose style a picture takes.
 *
 * @param adapter what reads them
 * @param pictures one or more
 * @param scale how strongly the UNet reads them
 */
public record Style(StyleAdapter adapter, List<ImageSource> pictures, StyleScale scale) {

    /**
     * Copies the list.
     *
     * @param adapter what reads them
     * @param pictures one or more
     * @param scale how strongly the UNet reads them
     * @throws IllegalArgumentException if there is no picture
     */
    public Style {
        pictures = List.copyOf(pictures);
        Preconditions.checkArgument(
                !pictures.isEmpty(), "Style: expected reference pictures, got none");
    }

    /**
     * Returns the same pictures at one scale for all attentions.
     *
     * @param strength 1 for as the adapter was trained, 0 for no style
     * @return the style
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Style scaled(double strength) {
        return scaled(StyleScale.of(strength));
    }

    /**
     * Returns the same pictures at a scale for each block.
     *
     * @param strengths by block
     * @return the style
     */
    public Style scaled(StyleScale strengths) {
        return new Style(adapter, pictures, strengths);
    }

    /**
     * Checks that the style fits a UNet, before anything is loaded.
     *
     * @param linears the UNet's linear layers by path
     * @throws io.github.icthp.weights.WeightsFormatException if the adapter is of another family
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     * @throws IllegalArgumentException if the scale names a block that the UNet does not have
     * @throws IllegalStateException if no image encoder is known
     */
    public void check(Map<String, LinearShape> linears) {
        adapter.check(linears);
        scale.requireKnown(Attentions.of(linears).paths());
    }

    /**
     * Encodes the pictures. The image encoder is loaded for that alone.
     *
     * @param weights the adapter's weights, which must outlive the result
     * @param device where the encoder computes
     * @param type what it computes in
     * @return the tokens, owned by the innermost scope
     * @throws IllegalArgumentException if the adapter cannot read the encoder's features, or the
     *     scale names a block that the UNet does not have
     * @throws io.github.icthp.image.ImageDecodeException if a picture cannot be read
     */
    public EncodedStyle encode(IpAdapter weights, Device device, DType type) {
        return StyleEncoder.encode(this, weights, device, type);
    }

    /**
     * Describes the style, for records of how pictures were made.
     *
     * @return adapter, encoder, pictures and scales
     */
    public Map<String, String> description() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("adapter", adapter.file().getFileName().toString());
        words.put("encoder", adapter.encoder().name());
        words.put("aligned", String.valueOf(adapter.isAligned()));
        words.put(
                "pictures",
                pictures.stream().map(ImageSource::name).collect(Collectors.joining(", ")));
        words.put("scale", scale.toString());
        return words;
    }
}
