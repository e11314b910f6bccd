package io.github.icthp.reward;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.ImageInput;
import io.github.icthp.image.RgbImage;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.ByteBuffer;

/**
 * Prepares picture files as HPS v2's {@code image_transform} does: floats in [0, 1], the longest
 * edge resized by bicubic, the rest black, then mean and deviation. The authors resize floats, so
 * files and pixels take the same path.
 */
final class LongestEdgePreparation implements PicturePreparation {

    private static final float LEVELS = 255;

    private final int side;
    private final ImageDecoder decoder;
    private final HpsResize resize;
    private final DifferentiablePreparation pixels;

    private LongestEdgePreparation(
            int side, ImageDecoder decoder, HpsResize resize, DifferentiablePreparation pixels) {
        this.side = side;
        this.decoder = decoder;
        this.resize = resize;
        this.pixels = pixels;
    }

    static LongestEdgePreparation of(ImageConfig config, ImageDecoder decoder, HpsResize resize) {
        return new LongestEdgePreparation(
                config.height(),
                decoder,
                resize,
                DifferentiablePreparation.longestEdge(config, resize));
    }

    @Override
    public int side() {
        return side;
    }

    @Override
    public void prepare(ImageInput picture, ByteBuffer target) {
        RgbImage image = picture.decode(decoder);
        Autograd.in(Autograd.Mode.INFERENCE, () -> prepare(image, target));
    }

    private ByteBuffer prepare(RgbImage image, ByteBuffer target) {
        return TensorScope.call(
                Device.cpu(),
                () -> {
                    NDArray prepared = pixels.apply(floats(image));
                    return target.put(0, Tensors.toBytes(prepared), 0, target.capacity());
                });
    }

    private static NDArray floats(RgbImage image) {
        byte[] rgb = image.rgb();
        int plane = image.height() * image.width();
        float[] values = new float[rgb.length];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < plane; i++) {
                values[c * plane + i] = (rgb[3 * i + c] & 0xFF) / LEVELS;
            }
        }
        return Tensors.of(values, 1, 3, image.height(), image.width());
    }

    @Override
    public String description() {
        return "longest edge by "
                + resize.text()
                + " on floats, black padding"
                + (decoder.appliesExifOrientation() ? ", EXIF orientation" : "");
    }
}
