package io.github.icthp.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Reads pictures to 8-bit RGB, byte for byte as Pillow's {@code Image.open(...).convert("RGB")}
 * does, which is what CLIP's image processors start from.
 *
 * <p>JPEG (also CMYK), PNG (every kind), WebP, GIF and BMP are read, told apart by their content;
 * of several pictures in a file the first. Alpha is dropped without compositing, color profiles are
 * ignored, 16-bit gray PNG is clipped at 255. The camera's orientation is ignored, as by the
 * released pipeline, unless {@link #withExifOrientation} asks for it.
 *
 * <p>A picture that does not fit in the heap is refused by its header where that is certain; memory
 * that runs out while it is decoded, or a codec that does not load, is its {@link
 * ImageDecodeException} too.
 *
 * <p>Instances are immutable and may be shared between threads.
 */
public final class ImageDecoder {

    /** Most pixels of a picture unless {@link #withMaxPixels} says otherwise: Pillow's limit. */
    public static final long DEFAULT_MAX_PIXELS = 178_956_970;

    /** Most bytes of an encoded picture. */
    private static final int MAX_BYTES = 1 << 29;

    private static final int TIMEOUT_MILLIS = 30_000;

    private static final ImageDecoder STANDARD =
            new ImageDecoder(new ImageLimits(DEFAULT_MAX_PIXELS), false);

    private final ImageLimits limits;
    private final boolean exifOrientation;

    private ImageDecoder(ImageLimits limits, boolean exifOrientation) {
        this.limits = limits;
        this.exifOrientation = exifOrientation;
    }

    /**
     * Returns the decoder that reads as the released pipeline does.
     *
     * @return ignores orientation, refuses more than {@value #DEFAULT_MAX_PIXELS} pixels
     */
    public static ImageDecoder standard() {
        return STANDARD;
    }

    /**
     * Returns a decoder that sets pictures upright, or leaves them as they are stored.
     *
     * @param apply whether the EXIF orientation is applied
     * @return a decoder with this setting
     */
    public ImageDecoder withExifOrientation(boolean apply) {
        return new ImageDecoder(limits, apply);
    }

    /**
     * Returns whether pictures are set upright.
     *
     * @return whether the EXIF orientation is applied
     */
    public boolean appliesExifOrientation() {
        return exifOrientation;
    }

    /**
     * Returns a decoder with another limit against files that claim to be huge.
     *
     * @param pixels most pixels of a picture, 1..715,827,877
     * @return a decoder with this setting
     * @throws IllegalArgumentException if the limit is out of range
     */
    public ImageDecoder withMaxPixels(long pixels) {
        return new ImageDecoder(new ImageLimits(pixels), exifOrientation);
    }

    /**
     * Reads a file.
     *
     * @param file a picture
     * @return its pixels
     * @throws ImageDecodeException if it cannot be read
     */
    public RgbImage decode(Path file) {
        String name = file.toString();
        try {
            if (Files.isDirectory(file)) {
                throw new ImageFormatException("expected a picture file, got a folder");
            }
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw tooLong();
            }
            return decode(Files.readAllBytes(file), name);
        } catch (IOException | OutOfMemoryError e) {
            throw new ImageDecodeException(name, e);
        }
    }

    /**
     * Reads what a URI names: a file, or whatever a {@link java.net.URL} can open.
     *
     * @param uri {@code file:}, {@code http:}, {@code https:}, {@code jar:} or another scheme that
     *     this Java runtime knows
     * @return the picture's pixels
     * @throws ImageDecodeException if it cannot be fetched or read
     */
    public RgbImage decode(URI uri) {
        if ("file".equalsIgnoreCase(uri.getScheme())) {
            return decode(Path.of(uri));
        }
        try {
            return decode(fetch(uri), uri.toString());
        } catch (IOException | IllegalArgumentException | OutOfMemoryError e) {
            throw new ImageDecodeException(uri.toString(), e);
        }
    }

    /**
     * Fetches what a URI names as it is, with the limits of time and size of {@link #decode(URI)}.
     *
     * @param uri {@code http:}, {@code https:} or another scheme that this Java runtime can open
     * @return the encoded picture
     * @throws IOException if it cannot be fetched, or is too long
     */
    public static byte[] fetch(URI uri) throws IOException {
        URLConnection connection = uri.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try (InputStream in = connection.getInputStream()) {
            return bounded(in);
        }
    }

    /**
     * Reads an encoded picture from a stream, to the stream's end, and leaves it open.
     *
     * @param in the encoded picture
     * @param name what messages call it
     * @return its pixels
     * @throws ImageDecodeException if it cannot be read
     */
    public RgbImage decode(InputStream in, String name) {
        try {
            return decode(bounded(in), name);
        } catch (IOException | OutOfMemoryError e) {
            throw new ImageDecodeException(name, e);
        }
    }

    private static byte[] bounded(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw tooLong();
        }
        return bytes;
    }

    private static ImageFormatException tooLong() {
        return new ImageFormatException("file is longer than " + MAX_BYTES + " bytes");
    }

    /**
     * Reads an encoded picture.
     *
     * @param encoded a whole JPEG, PNG, WebP, GIF or BMP file
     * @param name what messages call it
     * @return its pixels
     * @throws ImageDecodeException if it cannot be read
     */
    public RgbImage decode(byte[] encoded, String name) {
        ImageBudget budget = ImageBudget.of(limits);
        try {
            return read(encoded, budget);
        } catch (OutOfMemoryError e) {
            throw new ImageDecodeException(name, budget.tooLarge(), e);
        } catch (IOException | RuntimeException | LinkageError | VirtualMachineError e) {
            throw new ImageDecodeException(name, e);
        }
    }

    private RgbImage read(byte[] file, ImageBudget budget) throws IOException {
        ImageFormat format = ImageFormat.of(file);
        return switch (format) {
            case PNG -> {
                PngImageChunks chunks = new PngImageChunks(file);
                budget.check(chunks.header().width(), chunks.header().height(), 3);
                yield upright(chunks.exif(), PngImageReader.read(file, chunks));
            }
            case JPEG -> {
                JpegImageHeader header = new JpegImageHeader(file);
                budget.check(
                        header.width(), header.height(), JpegImageReader.bytesPerPixel(header));
                yield upright(header.exif(), JpegImageReader.read(file, header));
            }
            case WEBP -> {
                WebpImageChunks chunks = new WebpImageChunks(file);
                yield upright(chunks.exif(), WebpImageReader.read(file, chunks, budget));
            }
            case GIF, BMP -> {
                RgbImage colors = ImageIoReader.read(file, format, budget);
                yield ImagePalette.isStored(file, format) ? colors.asIndexed() : colors;
            }
        };
    }

    private RgbImage upright(byte[] exif, RgbImage image) {
        if (!exifOrientation) {
            return image;
        }
        int orientation = ImageOrientation.read(exif);
        RgbImage turned = ImageOrientation.apply(orientation, image);
        Supplier<RgbImage> alpha = image.alpha();
        if (alpha != null) {
            return turned.withAlpha(() -> ImageOrientation.apply(orientation, alpha.get()));
        }
        return image.isIndexed() ? turned.asIndexed() : turned;
    }

    /**
     * Takes a picture that is in memory: samples as they are stored, without alpha, gamma or
     * profile; 16-bit samples by their high byte.
     *
     * @param image any image
     * @return its pixels
     */
    public RgbImage decode(BufferedImage image) {
        RgbImage colors = ImageRaster.toRgb(image);
        if (image.getColorModel() instanceof IndexColorModel) {
            return colors.asIndexed();
        }
        boolean opaque = !image.getColorModel().hasAlpha();
        return opaque ? colors : colors.withAlpha(() -> ImageRaster.alpha(image));
    }

    /**
     * Takes a picture of DJL.
     *
     * @param image an image of any DJL image factory
     * @return its pixels
     * @throws ImageDecodeException if the image cannot be read back from its factory's own form
     */
    public RgbImage decode(ai.djl.modality.cv.Image image) {
        if (image.getWrappedImage() instanceof BufferedImage wrapped) {
            return decode(wrapped);
        }
        String name = image.getClass().getSimpleName();
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        try {
            image.save(encoded, "png");
        } catch (IOException e) {
            throw new ImageDecodeException(name, e);
        }
        return decode(encoded.toByteArray(), name);
    }
}
