package io.github.icthp.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import javax.imageio.ImageReader;

/**
 * Reads WebP with libwebp, as Pillow does; of an animation the first frame. Alpha is dropped, which
 * does not change the colors that libwebp gives.
 */
final class WebpImageReader {

    /** A lossy picture takes a bit for each of its macroblocks at least. */
    private static final int MOST_PIXELS_OF_A_BYTE = 8 * 16 * 16;

    /** The library's images hold an int for each pixel. */
    private static final int PIXEL = 4;

    private WebpImageReader() {}

    static RgbImage read(byte[] file, WebpImageChunks chunks, ImageBudget budget)
            throws IOException {
        WebpNatives.check();
        try {
            return chunks.lay(readFrame(file, chunks.picture(), budget), budget);
        } catch (LinkageError e) {
            throw WebpNatives.notLoaded(e);
        }
    }

    private static RgbImage readFrame(
            byte[] file, WebpImageChunks.Chunk picture, ImageBudget budget) throws IOException {
        // Not by way of ImageIO: another plug-in for WebP may be on the class path.
        ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
        try {
            reader.setInput(new ImageByteStream(alone(file, picture)), true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            budget.check(width, height, PIXEL + 3);
            int bytes = picture.end() - picture.start();
            if (!picture.isLossless()
                    && (long) width * height > (long) bytes * MOST_PIXELS_OF_A_BYTE) {
                throw new ImageFormatException(
                        "WebP picture data end too soon: the file is cut off");
            }
            return toRgb(reader.read(0));
        } catch (IOException e) {
            if (e instanceof ImageFormatException) {
                throw e;
            }
            throw new ImageFormatException(
                    "WebP picture is cut off or damaged (libwebp: " + e.getMessage() + ")");
        } finally {
            reader.dispose();
        }
    }

    /** Copies the pixels of the library's images, which are one int each: 0xAARRGGBB. */
    private static RgbImage toRgb(BufferedImage image) {
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        for (int i = 0, o = 0; o < rgb.length; i++) {
            rgb[o++] = (byte) (pixels[i] >> 16);
            rgb[o++] = (byte) (pixels[i] >> 8);
            rgb[o++] = (byte) pixels[i];
        }
        return RgbImage.wrap(image.getWidth(), image.getHeight(), rgb);
    }

    /** Returns a file that holds nothing but a picture; libwebp refuses animations. */
    private static byte[] alone(byte[] file, WebpImageChunks.Chunk picture) {
        int length = picture.end() - picture.start();
        int padded = length + (length & 1);
        ByteBuffer out = ByteBuffer.allocate(20 + padded).order(ByteOrder.LITTLE_ENDIAN);
        out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(12 + padded);
        out.put(("WEBP" + picture.name()).getBytes(StandardCharsets.US_ASCII)).putInt(length);
        out.put(file, picture.start(), length);
        return out.array();
    }
}
