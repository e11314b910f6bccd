package io.github.icthp.clip;

import io.github.icthp.clip.vp8.Vp8Decoder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads WebP to the bytes that libwebp, and so Pillow, gives; of an animation the first frame.
 * Lossy pictures are decoded here, lossless ones by an ImageIO plug-in.
 */
final class WebpImageReader {

    /** A lossy picture takes a bit for each of its macroblocks at least. */
    private static final int MOST_PIXELS_OF_A_BYTE = 8 * 16 * 16;

    private WebpImageReader() {}

    static RgbImage read(byte[] file, WebpImageChunks chunks, ImageLimits limits)
            throws IOException {
        WebpImageChunks.Chunk picture = chunks.picture();
        RgbImage frame =
                picture.isLossless()
                        ? OtherImageReader.read(alone(file, picture), ImageFormat.WEBP, limits)
                        : readLossy(file, picture, limits);
        return chunks.lay(frame, limits);
    }

    private static RgbImage readLossy(
            byte[] file, WebpImageChunks.Chunk picture, ImageLimits limits) throws IOException {
        int[] size = Vp8Decoder.size(file, picture.start(), picture.end());
        limits.check(size[0], size[1]);
        int bytes = picture.end() - picture.start();
        if ((long) size[0] * size[1] > (long) bytes * MOST_PIXELS_OF_A_BYTE) {
            throw new ImageFormatException("WebP picture data end too soon: the file is cut off");
        }
        byte[] rgb = Vp8Decoder.decode(file, picture.start(), picture.end());
        return RgbImage.wrap(size[0], size[1], rgb);
    }

    /** Returns a file that holds nothing but a picture. */
    private static byte[] alone(byte[] file, WebpImageChunks.Chunk picture) {
        int length = picture.end() - picture.start();
        int padded = length + (length & 1);
        ByteBuffer out = ByteBuffer.allocate(20 + padded).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(12 + padded);
        out.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(length);
        out.put(file, picture.start(), length);
        return out.array();
    }
}
