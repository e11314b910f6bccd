package io.github.icthp;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.RgbImage;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.torch.Tensors;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * JPEG compressibility as DDPO and flow_grpo reward it: the size of a picture as a JPEG file of
 * quality 95, in kB of 1,000 bytes. A smaller file is the better one for compressibility (the
 * reward is minus the size), a larger one for incompressibility.
 *
 * <p>The size is that of Pillow's {@code quality=95}, to the byte: 4:2:0, baseline, the standard
 * Huffman tables, no metadata. No prompt is read. Source: Black et al. 2023 (arXiv 2305.13301).
 */
public final class JpegCompressibility {

    private static final float QUALITY = 0.95f;
    private static final double KILOBYTE = 1000;
    private static final double FLOW_GRPO = 500;
    private static final int LARGEST = 255;

    private final ImageDecoder decoder;

    private JpegCompressibility(ImageDecoder decoder) {
        this.decoder = decoder;
    }

    /**
     * Returns the measure of pictures that are decoded as usual.
     *
     * @return the measure
     */
    public static JpegCompressibility ofDefaults() {
        return new JpegCompressibility(ImageDecoder.standard());
    }

    /**
     * Returns this measure of pictures that are decoded otherwise.
     *
     * @param other limits and orientation
     * @return the measure
     */
    public JpegCompressibility withDecoder(ImageDecoder other) {
        return new JpegCompressibility(other);
    }

    /**
     * Measures a picture file, decoded to RGB and encoded anew whatever it was.
     *
     * @param image the file
     * @return kB, higher for pictures with more detail
     * @throws io.github.icthp.image.ImageDecodeException if the picture cannot be read
     */
    public double kilobytes(Path image) {
        return kilobytes(ImageSource.of(image));
    }

    /**
     * Measures a picture.
     *
     * @param image the picture
     * @return kB
     * @throws io.github.icthp.image.ImageDecodeException if the picture cannot be read
     */
    public double kilobytes(ImageSource image) {
        RgbImage decoded = image.input().decode(decoder);
        return bytes(decoded.rgb(), decoded.width(), decoded.height()) / KILOBYTE;
    }

    /**
     * Measures pixels, rounded to 8 bits: clamped, halves to even.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1]
     * @return kB of each of the B pictures
     * @throws IllegalArgumentException if the shape is another
     */
    public double[] kilobytes(NDArray pixels) {
        Preconditions.checkArgument(
                pixels.getShape().dimension() == 4 && pixels.getShape().get(1) == 3,
                "JpegCompressibility: expected pixels (B, 3, H, W), got %s",
                pixels.getShape());
        int height = Math.toIntExact(pixels.getShape().get(2));
        int width = Math.toIntExact(pixels.getShape().get(3));
        float[] values = Tensors.toFloats(pixels);
        double[] sizes = new double[(int) pixels.getShape().get(0)];
        for (int b = 0; b < sizes.length; b++) {
            sizes[b] = bytes(rgb(values, b, height * width), width, height) / KILOBYTE;
        }
        return sizes;
    }

    /**
     * Scores a picture as the reward that it is in reinforcement learning: a smaller file is the
     * better one.
     *
     * @param pair the picture; its prompt is not read
     * @param scale {@link ScoreScale#MINUS_KILOBYTES} as ddpo-pytorch has it, or {@link
     *     ScoreScale#MINUS_KILOBYTES_OF_500} as flow_grpo has it
     * @return the score, or why there is none
     * @throws IllegalArgumentException if the scale is another
     */
    public RewardScore score(PromptImage pair, ScoreScale scale) {
        RewardKind kind = RewardKind.jpeg(requireScale(scale));
        double unit = scale == ScoreScale.MINUS_KILOBYTES ? 1 : FLOW_GRPO;
        ImmutableDoubleArray value = ImmutableDoubleArray.of();
        RuntimeException failure = null;
        try {
            value = ImmutableDoubleArray.of(-kilobytes(pair.image()) / unit);
        } catch (ImageDecodeException e) {
            failure = e;
        }
        return new RewardScore(
                pair.prompt(), pair.image().name(), kind, value, failure, provenance());
    }

    private static ScoreScale requireScale(ScoreScale scale) {
        Preconditions.checkArgument(
                scale == ScoreScale.MINUS_KILOBYTES || scale == ScoreScale.MINUS_KILOBYTES_OF_500,
                "JpegCompressibility: expected MINUS_KILOBYTES or MINUS_KILOBYTES_OF_500, got %s",
                scale);
        return scale;
    }

    /**
     * Returns how sizes are measured.
     *
     * @return provenance without weights
     */
    public ScoreProvenance provenance() {
        return new ScoreProvenance(
                Map.of(),
                Precision.FP32,
                Device.cpu().toString(),
                "RGB of any size, JPEG of quality 95, 4:2:0"
                        + (decoder.appliesExifOrientation() ? ", EXIF orientation" : ""),
                "",
                0,
                "",
                "",
                RewardModelBuilder.versions());
    }

    private static byte[] rgb(float[] values, int picture, int plane) {
        byte[] rgb = new byte[3 * plane];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < plane; i++) {
                float value = values[(3 * picture + c) * plane + i] * LARGEST;
                rgb[3 * i + c] = (byte) Math.max(0, Math.min(LARGEST, Math.rint(value)));
            }
        }
        return rgb;
    }

    private static long bytes(byte[] rgb, int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            int value =
                    ((rgb[3 * i] & LARGEST) << 16)
                            | ((rgb[3 * i + 1] & LARGEST) << 8)
                            | (rgb[3 * i + 2] & LARGEST);
            picture.setRGB(i % width, i / width, value);
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        Counter counter = new Counter();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(counter)) {
            ImageWriteParam quality = writer.getDefaultWriteParam();
            quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            quality.setCompressionQuality(QUALITY);
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), quality);
        } catch (IOException e) {
            throw new UncheckedIOException("JpegCompressibility: a picture was not encoded", e);
        } finally {
            writer.dispose();
        }
        return counter.bytes;
    }

    private static final class Counter extends OutputStream {

        private long bytes;

        @Override
        public void write(int value) {
            bytes++;
        }

        @Override
        public void write(byte[] values, int offset, int length) {
            bytes += length;
        }
    }
}
