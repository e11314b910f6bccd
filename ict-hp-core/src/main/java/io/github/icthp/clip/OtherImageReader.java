package io.github.icthp.clip;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/**
 * Reads the first picture of the files that ImageIO or a plug-in of it decodes: GIF, BMP, lossless
 * WebP.
 */
final class OtherImageReader {

    private OtherImageReader() {}

    static RgbImage read(byte[] file, ImageFormat format, ImageLimits limits) throws IOException {
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
