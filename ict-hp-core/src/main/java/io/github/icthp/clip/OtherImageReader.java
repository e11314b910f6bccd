package io.github.icthp.clip;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.Locale;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/** Reads the first picture of the files that ImageIO or a plug-in of it decodes: WebP, GIF, BMP. */
final class OtherImageReader {

    private OtherImageReader() {}

    static RgbImage read(byte[] file, ImageFormat format, ImageLimits limits) throws IOException {
        if (format == ImageFormat.WEBP) {
            checkLength(file);
        }
        ImageReader reader = reader(format);
        try {
            reader.setInput(new ImageByteStream(file), false, true);
            limits.check(reader.getWidth(0), reader.getHeight(0));
            if (format == ImageFormat.GIF) {
                return readGif(reader, GifImageCanvas.parse(file), limits);
            }
            return ImageRaster.toRgb(reader.read(0));
        } finally {
            reader.dispose();
        }
    }

    private static RgbImage readGif(ImageReader reader, GifImageCanvas canvas, ImageLimits limits)
            throws IOException {
        limits.check(canvas.width(), canvas.height());
        BufferedImage frame = reader.read(0);
        IndexColorModel palette = (IndexColorModel) frame.getColorModel();
        int background = Math.min(canvas.background(), palette.getMapSize() - 1);
        return canvas.lay(ImageRaster.toRgb(frame), palette.getRGB(background));
    }

    /** The plug-in makes up what is missing of a file that is cut off. */
    private static void checkLength(byte[] file) throws ImageFormatException {
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long stated = 8 + (header.getInt(4) & 0xFFFF_FFFFL);
        if (file.length < stated - 1) { // a padding byte may be missing
            throw new ImageFormatException(
                    "WebP has " + file.length + " of " + stated + " bytes: the file is cut off");
        }
    }

    private static ImageReader reader(ImageFormat format) throws ImageFormatException {
        String name = format.name().toLowerCase(Locale.ROOT);
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(name);
        if (!readers.hasNext()) {
            throw new ImageFormatException(
                    format + " needs an ImageIO plug-in that is not on the class path");
        }
        return readers.next();
    }
}
