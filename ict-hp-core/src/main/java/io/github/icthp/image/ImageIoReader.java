package io.github.icthp.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/** Reads the first picture of the files that the JDK's ImageIO decodes: GIF and BMP. */
final class ImageIoReader {

    /** Bytes of a pixel as ImageIO holds it, at most. */
    private static final int STORED = 4;

    private ImageIoReader() {}

    static RgbImage read(byte[] file, ImageFormat format, ImageBudget budget) throws IOException {
        ImageReader reader = jdkReader(format);
        try {
            reader.setInput(new ImageByteStream(file), false, true);
            budget.check(reader.getWidth(0), reader.getHeight(0), STORED + 3);
            if (format == ImageFormat.GIF) {
                return readGif(reader, GifImageCanvas.parse(file), budget);
            }
            return ImageRaster.toRgb(reader.read(0));
        } finally {
            reader.dispose();
        }
    }

    private static RgbImage readGif(ImageReader reader, GifImageCanvas canvas, ImageBudget budget)
            throws IOException {
        budget.check(canvas.width(), canvas.height(), 3);
        BufferedImage frame = reader.read(0);
        IndexColorModel palette = (IndexColorModel) frame.getColorModel();
        int background = Math.min(canvas.background(), palette.getMapSize() - 1);
        return canvas.lay(ImageRaster.toRgb(frame), palette.getRGB(background));
    }

    /** Returns the JDK's own reader, whatever plug-ins are installed: pixels depend on it. */
    static ImageReader jdkReader(ImageFormat format) {
        String name = format.name().toLowerCase(Locale.ROOT);
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(name);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getName().startsWith("com.sun.imageio.")) {
                return reader;
            }
        }
        throw new IllegalStateException(
                "ImageDecoder: this Java runtime has no "
                        + format
                        + " reader; add module java.desktop");
    }
}
