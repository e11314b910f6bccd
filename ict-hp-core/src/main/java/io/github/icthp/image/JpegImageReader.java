package io.github.icthp.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;

import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/**
 * Reads JPEG with the JDK's libjpeg, to the bytes that Pillow's {@code convert("RGB")} gives.
 *
 * <p>The decoder gets the picture's own segments only, with one marker of ours that says which
 * colors they are: it can then neither disagree with libjpeg about them, nor apply a color profile,
 * nor stumble over metadata. What differs between the libjpegs of Java runtimes is evened out by
 * {@link JpegImageRows}.
 */
final class JpegImageReader {

    private static final byte[] IS_YCC = {
        (byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };
    private static final ColorModel RGB =
            new ComponentColorModel(
                    ColorSpace.getInstance(ColorSpace.CS_sRGB),
                    false,
                    false,
                    Transparency.OPAQUE,
                    DataBuffer.TYPE_BYTE);

    /** A picture takes a bit for each of its blocks at least. */
    private static final int MOST_PIXELS_OF_A_BYTE = 8 * 64;

    private final JpegImageHeader header;
    private final JpegImageHeader.Colors colors;
    private boolean damaged;

    private JpegImageReader(JpegImageHeader header) throws ImageFormatException {
        this.header = header;
        this.colors = header.colors();
    }

    /** Returns what a pixel takes: components that are converted here lie beside the result. */
    static int bytesPerPixel(JpegImageHeader header) throws ImageFormatException {
        return switch (header.colors()) {
            case YCC, RGB -> 3;
            case GRAY -> 1 + 3;
            case CMYK, YCCK -> 4 + 3;
        };
    }

    static RgbImage read(byte[] file, JpegImageHeader header) throws IOException {
        return new JpegImageReader(header).read(file);
    }

    private RgbImage read(byte[] file) throws IOException {
        long pixels = (long) header.width() * header.height();
        if (pixels > (long) file.length * MOST_PIXELS_OF_A_BYTE) {
            throw cutOff();
        }
        if (header.isProgressive()
                && !JpegScans.areComplete(file, header.scan(), header.components())) {
            throw new ImageFormatException("JPEG picture is cut off: it lacks its last scans");
        }
        ImageReader reader = ImageIoReader.jdkReader(ImageFormat.JPEG);
        try {
            reader.addIIOReadWarningListener((source, warning) -> note(warning));
            reader.setInput(new ImageByteStream(picture(file)), true, true);
            byte[] rgb =
                    colors == JpegImageHeader.Colors.YCC && !header.hasHalfTheRows()
                            ? readYcc(reader)
                            : JpegImageColors.toRgb(colors, components(reader));
            if (damaged) {
                throw cutOff();
            }
            return RgbImage.wrap(header.width(), header.height(), rgb);
        } finally {
            reader.dispose();
        }
    }

    private static ImageFormatException cutOff() {
        return new ImageFormatException(
                "JPEG picture is cut off or damaged: its data end too soon");
    }

    /** libjpeg fills what is missing with gray and warns. */
    private void note(String warning) {
        String text = warning.toLowerCase(Locale.ROOT);
        damaged |= text.contains("premature end") || text.contains("bad huffman code");
    }

    private byte[] readYcc(ImageReader reader) throws IOException {
        byte[] rgb = new byte[3 * header.width() * header.height()];
        WritableRaster raster =
                Raster.createInterleavedRaster(
                        new DataBufferByte(rgb, rgb.length),
                        header.width(),
                        header.height(),
                        3 * header.width(),
                        3,
                        new int[] {0, 1, 2},
                        null);
        ImageReadParam target = reader.getDefaultReadParam();
        target.setDestination(new BufferedImage(RGB, raster, false, null));
        reader.read(0, target);
        return rgb;
    }

    /** Reads the components before any conversion, interleaved. */
    private byte[] components(ImageReader reader) throws IOException {
        Raster raster = reader.readRaster(0, null);
        byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
        int components = raster.getNumBands();
        for (int c = 0; c < components; c++) {
            if (header.hasHalfTheRows(c)) {
                new JpegImageRows(samples, components * header.width(), components, c).smooth();
            }
        }
        return samples;
    }

    /** Start, our marker, tables, scans, and an end in case the file has lost its own. */
    private byte[] picture(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + 64);
        out.write(0xFF);
        out.write(0xD8);
        if (colors == JpegImageHeader.Colors.YCC) {
            out.writeBytes(IS_YCC);
        }
        out.writeBytes(header.tables());
        out.write(file, header.scan(), file.length - header.scan());
        out.write(0xFF);
        out.write(0xD9);
        return out.toByteArray();
    }
}
