package io.github.icthp.diffusion.adapter;

import ai.djl.Device;

import com.google.common.collect.ImmutableList;

import io.github.icthp.ImageSource;
import io.github.icthp.RewardModel;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An IP-Adapter and the image encoder that it reads: what puts the style of pictures into those of
 * SD1.5, SD2 and SDXL. It says where weights are; a pipeline loads them when it needs them.
 *
 * <p>The encoder is the one that lies beside the adapter in its published folder, unless another is
 * named: the vision tower of ICT or HP, which were fine-tuned from the one that adapters of SD1.5
 * and {@code vit-h} adapters of SDXL read.
 *
 * <pre>{@code
 * StyleAdapter adapter = StyleAdapter.open(Path.of("IP-Adapter/models/ip-adapter_sd15.safetensors"));
 * GenerationRequest request =
 *         GenerationRequest.builder().prompt("a red fox").steps(30)
 *                 .style(adapter.with(ImageSource.of(Path.of("ink.png"))).scaled(0.6)).build();
 * }</pre>
 */
public final class StyleAdapter {

    private static final ThreadLocal<ImmutableList<StyleAdapter>> OFF =
            ThreadLocal.withInitial(ImmutableList::of);

    private final Path file;
    private final AdapterShape shape;
    private final Optional<VisionSource> encoder;
    private final Optional<VisionSource> base;
    private final Optional<FeatureAlignment> alignment;

    private StyleAdapter(
            Path file,
            AdapterShape shape,
            Optional<VisionSource> encoder,
            Optional<VisionSource> base,
            Optional<FeatureAlignment> alignment) {
        this.file = file;
        this.shape = shape;
        this.encoder = encoder;
        this.base = base;
        this.alignment = alignment;
    }

    /**
     * Opens an adapter; its values are not read yet.
     *
     * @param path a {@code .safetensors} or {@code .bin} file as published, or a folder that holds
     *     one such file, itself or in {@code models} or {@code sdxl_models}
     * @return the adapter, with the image encoder that lies beside it, if one does
     * @throws io.github.icthp.weights.WeightsFormatException if it is no plain or Plus IP-Adapter,
     *     or the folder holds several
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static StyleAdapter open(Path path) {
        Path file = AdapterFiles.locate(path);
        try (Weights weights = Weights.open(file)) {
            AdapterShape shape = AdapterShape.of(IpAdapter.shapes(weights), weights.source());
            return new StyleAdapter(
                    file,
                    shape,
                    Optional.empty(),
                    AdapterFiles.encoderOf(file, shape),
                    Optional.empty());
        }
    }

    /**
     * Takes another image encoder than the one beside the adapter. An alignment is forgotten.
     *
     * @param path a folder of transformers' CLIPVisionModelWithProjection or CLIPModel, its weights
     *     file, or a folder of ICT or HP
     * @return the new adapter
     * @throws IllegalArgumentException if the adapter cannot read its features, or its
     *     configuration is missing
     * @throws java.io.UncheckedIOException if there are no weights
     */
    public StyleAdapter imageEncoder(Path path) {
        return imageEncoder(VisionSource.find(path));
    }

    /**
     * Takes the vision tower of a reward model as the image encoder. It is loaded anew, so that the
     * reward model may be closed. An alignment is forgotten.
     *
     * @param reward a model of ICT or HP, or another with one CLIP vision tower
     * @return the new adapter
     * @throws IllegalArgumentException if the adapter cannot read its features
     * @throws IllegalStateException if the model has no such tower, or several
     */
    public StyleAdapter imageEncoder(RewardModel reward) {
        return imageEncoder(reward.visionTower());
    }

    /**
     * Takes another image encoder than the one beside the adapter. An alignment is forgotten.
     *
     * @param tower a CLIP vision tower
     * @return the new adapter
     * @throws IllegalArgumentException if the adapter cannot read its features
     */
    public StyleAdapter imageEncoder(VisionSource tower) {
        shape.requireFeaturesOf(tower);
        return new StyleAdapter(file, shape, Optional.of(tower), base, Optional.empty());
    }

    /**
     * Names the encoder that the adapter was trained with, where it does not lie beside it. An
     * alignment is forgotten.
     *
     * @param path as {@link #imageEncoder(Path)} takes it
     * @return the new adapter
     * @throws IllegalArgumentException if the adapter cannot read its features, or its
     *     configuration is missing
     * @throws java.io.UncheckedIOException if there are no weights
     */
    public StyleAdapter baseEncoder(Path path) {
        VisionSource tower = VisionSource.find(path);
        shape.requireFeaturesOf(tower);
        return new StyleAdapter(file, shape, encoder, Optional.of(tower), Optional.empty());
    }

    /**
     * Brings the exchanged encoder's features back to where the adapter expects them: each
     * dimension gets the mean and the standard deviation that the base encoder gives it over a
     * sample of pictures. Both encoders compute on the CPU in float32, one after the other.
     *
     * @param sample pictures of many kinds, at least 2, better 100
     * @return the new adapter
     * @throws IllegalArgumentException if there are too few pictures
     * @throws IllegalStateException if no other encoder, or no base encoder, is known
     * @throws io.github.icthp.image.ImageDecodeException if a picture cannot be read
     */
    public StyleAdapter aligned(List<ImageSource> sample) {
        FeatureAlignment fitted =
                FeatureAlignment.fit(
                        featuresBy(requireBase("aligned"), sample),
                        featuresBy(requireExchanged("aligned"), sample),
                        shape.featureWidth());
        return new StyleAdapter(file, shape, encoder, base, Optional.of(fitted));
    }

    /**
     * Compares the features that the adapter reads with those of the encoder that it was trained
     * with, on the CPU in float32. With an alignment, aligned features are compared.
     *
     * @param pictures reference pictures
     * @return one for each picture
     * @throws IllegalStateException if no other encoder, or no base encoder, is known
     * @throws io.github.icthp.image.ImageDecodeException if a picture cannot be read
     */
    public List<FeatureShift> shift(List<ImageSource> pictures) {
        List<float[]> expected = featuresBy(requireBase("shift"), pictures);
        List<float[]> found = featuresBy(requireExchanged("shift"), pictures);
        List<FeatureShift> shifts = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            float[] plain = found.get(i);
            shifts.add(
                    FeatureShift.between(
                            pictures.get(i).name(),
                            encoder().name(),
                            isAligned(),
                            expected.get(i),
                            alignment.map(map -> map.apply(plain)).orElse(plain)));
        }
        return shifts;
    }

    private List<float[]> featuresBy(VisionSource tower, List<ImageSource> pictures) {
        return StyleEncoder.features(tower, shape, pictures);
    }

    private VisionSource requireBase(String operation) {
        return base.orElseThrow(
                () ->
                        new IllegalStateException(
                                "StyleAdapter."
                                        + operation
                                        + ": no image encoder lies beside "
                                        + file
                                        + "; name the one that it was trained with by"
                                        + " baseEncoder(...), --style-base DIR"));
    }

    private VisionSource requireExchanged(String operation) {
        return encoder.orElseThrow(
                () ->
                        new IllegalStateException(
                                "StyleAdapter."
                                        + operation
                                        + ": the encoder was not exchanged; name another by"
                                        + " imageEncoder(...), --style-encoder"));
    }

    /**
     * Takes reference pictures.
     *
     * @param pictures one or more; the adapter reads the tokens of all of them side by side
     * @return the style, at full scale
     */
    public Style with(ImageSource... pictures) {
        return with(Arrays.asList(pictures));
    }

    /**
     * Takes reference pictures.
     *
     * @param pictures one or more; the adapter reads the tokens of all of them side by side
     * @return the style, at full scale
     * @throws IllegalArgumentException if there is no picture
     */
    public Style with(List<ImageSource> pictures) {
        return new Style(this, pictures, StyleScale.of(1));
    }

    /**
     * Runs a body as if this adapter were not there: pictures made on this thread lack its styles.
     *
     * @param body what to run on this thread
     * @param <T> type of its result
     * @return the body's result
     */
    public <T> T off(Supplier<T> body) {
        ImmutableList<StyleAdapter> before = OFF.get();
        OFF.set(ImmutableList.<StyleAdapter>builder().addAll(before).add(this).build());
        try {
            return body.get();
        } finally {
            OFF.set(before);
        }
    }

    /**
     * Says whether {@link #off} is in force on this thread.
     *
     * @return true if pictures lack its styles
     */
    public boolean isOff() {
        return OFF.get().contains(this);
    }

    /**
     * Returns the adapter's file.
     *
     * @return the file
     */
    public Path file() {
        return file;
    }

    /**
     * Says whether another encoder than the one that the adapter was trained with is read.
     *
     * @return true after {@code imageEncoder}
     */
    public boolean isExchanged() {
        return encoder.isPresent();
    }

    /**
     * Says whether the encoder that the adapter was trained with is known, so that features can be
     * compared and aligned.
     *
     * @return true if one lies beside the adapter or was named
     */
    public boolean hasBase() {
        return base.isPresent();
    }

    /**
     * Says whether features are aligned.
     *
     * @return true after {@link #aligned}
     */
    public boolean isAligned() {
        return alignment.isPresent();
    }

    /**
     * Returns the image encoder whose features are read.
     *
     * @return the encoder
     * @throws IllegalStateException if none is known
     */
    public VisionSource encoder() {
        return encoder.or(() -> base)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "StyleAdapter: no image encoder whose features have width "
                                                + shape.featureWidth()
                                                + " lies beside "
                                                + file
                                                + "; name one by imageEncoder(...), --style-encoder"
                                                + " DIR"));
    }

    /**
     * Checks that this fits a UNet, without reading any values.
     *
     * @param linears the UNet's linear layers by path
     * @throws io.github.icthp.weights.WeightsFormatException if it is of another family
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     * @throws IllegalStateException if no image encoder is known
     */
    public void check(Map<String, LinearShape> linears) {
        IpAdapter.check(file, linears);
        encoder();
    }

    /**
     * Loads the weights for a UNet.
     *
     * @param linears the UNet's linear layers by path
     * @param device where to compute
     * @param type the UNet's type
     * @return the weights, to be closed
     */
    public IpAdapter load(Map<String, LinearShape> linears, Device device, DType type) {
        return IpAdapter.load(file, linears, device, type);
    }

    Optional<FeatureAlignment> alignment() {
        return alignment;
    }
}
