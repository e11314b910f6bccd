package io.github.icthp.diffusion.adapter;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.ImageSource;
import io.github.icthp.clip.ClipImageEncoder;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.image.ImageInput;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Pictures to features and tokens; the encoder is loaded for as long as that takes. */
final class StyleEncoder {

    private StyleEncoder() {}

    /** Encodes pictures one by one on the CPU in float32. */
    static List<float[]> features(
            VisionSource tower, AdapterShape shape, List<ImageSource> pictures) {
        List<float[]> all = new ArrayList<>();
        try (ClipImageEncoder encoder = ClipImageEncoder.load(tower, Device.cpu(), DType.FLOAT32)) {
            for (ImageInput picture : inputs(pictures)) {
                all.add(
                        inScope(
                                () -> {
                                    NDArray pixels = encoder.pixels(List.of(picture));
                                    return Tensors.toFloats(shape.features(encoder, pixels));
                                }));
            }
        }
        return all;
    }

    private interface Body {
        float[] run();
    }

    private static float[] inScope(Body body) {
        return TensorScope.call(Device.cpu(), () -> Autograd.in(Mode.INFERENCE, body::run));
    }

    private static List<ImageInput> inputs(List<ImageSource> pictures) {
        return pictures.stream().map(ImageSource::input).toList();
    }

    /** Encodes a style's pictures for a loaded adapter. */
    static EncodedStyle encode(Style style, IpAdapter adapter, Device device, DType type) {
        VisionSource tower = style.adapter().encoder();
        adapter.requireFeaturesOf(tower);
        Optional<FeatureAlignment> alignment = style.adapter().alignment();
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(device);
                            ClipImageEncoder encoder = ClipImageEncoder.load(tower, device, type)) {
                        UnaryOperator<NDArray> mapped =
                                features -> alignment.map(a -> a.apply(features)).orElse(features);
                        NDArray pixels = encoder.pixels(inputs(style.pictures()));
                        NDArray wanted =
                                adapter.tokens(mapped.apply(adapter.features(encoder, pixels)));
                        NDArray without =
                                adapter.unconditional(encoder, mapped, style.pictures().size());
                        return new EncodedStyle(
                                scope.keep(IpAdapter.PROGRAM.call("joined", wanted)),
                                scope.keep(IpAdapter.PROGRAM.call("joined", without)),
                                adapter.layers(style.scale()));
                    }
                });
    }
}
