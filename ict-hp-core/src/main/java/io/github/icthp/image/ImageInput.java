package io.github.icthp.image;

import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.lang.ref.SoftReference;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A picture that is still to be decoded, and what messages call it. Cheap to hold: files are read
 * when their turn comes.
 */
public final class ImageInput {

    private final String name;
    private final Function<ImageDecoder, RgbImage> read;

    private ImageInput(String name, Function<ImageDecoder, RgbImage> read) {
        this.name = name;
        this.read = read;
    }

    /**
     * A picture in a file.
     *
     * @param file a JPEG, PNG, WebP, GIF or BMP file
     * @return the input
     */
    public static ImageInput of(Path file) {
        return new ImageInput(file.toString(), decoder -> decoder.decode(file));
    }

    /**
     * A picture that a URI names.
     *
     * @param uri see {@link ImageDecoder#decode(URI)}
     * @return the input
     */
    public static ImageInput of(URI uri) {
        return new ImageInput(uri.toString(), decoder -> decoder.decode(uri));
    }

    /**
     * An encoded picture in memory.
     *
     * @param encoded a whole picture file, not to be changed any more
     * @param name what messages call it
     * @return the input
     */
    public static ImageInput of(byte[] encoded, String name) {
        return new ImageInput(name, decoder -> decoder.decode(encoded, name));
    }

    /**
     * An encoded picture in a stream, which is read once and left open.
     *
     * @param encoded gives a whole picture file
     * @param name what messages call it
     * @return an input that can be decoded once
     */
    public static ImageInput of(InputStream encoded, String name) {
        return new ImageInput(name, decoder -> decoder.decode(encoded, name));
    }

    /**
     * A picture of Java's own.
     *
     * @param image see {@link ImageDecoder#decode(BufferedImage)}
     * @param name what messages call it
     * @return the input
     */
    public static ImageInput of(BufferedImage image, String name) {
        return new ImageInput(name, decoder -> decoder.decode(image));
    }

    /**
     * A picture of DJL's.
     *
     * @param image an image of any DJL image factory
     * @param name what messages call it
     * @return the input
     */
    public static ImageInput of(ai.djl.modality.cv.Image image, String name) {
        return new ImageInput(name, decoder -> decoder.decode(image));
    }

    /**
     * A picture that is decoded already.
     *
     * @param image its pixels
     * @param name what messages call it
     * @return the input
     */
    public static ImageInput of(RgbImage image, String name) {
        return new ImageInput(name, decoder -> image);
    }

    /**
     * A picture that several readers share: each decoder decodes it once, and again only if memory
     * ran short in between.
     *
     * @param name what messages call it
     * @param source gives the picture; called before each decoding
     * @return an input that keeps its pixels as long as it is reachable and the heap has room
     */
    public static ImageInput decodedOnce(String name, Supplier<ImageInput> source) {
        Map<ImageDecoder, SoftReference<RgbImage>> decoded = new HashMap<>();
        return new ImageInput(
                name,
                decoder -> {
                    synchronized (decoded) {
                        SoftReference<RgbImage> kept = decoded.get(decoder);
                        RgbImage image = kept == null ? null : kept.get();
                        if (image == null) {
                            image = source.get().decode(decoder);
                            decoded.put(decoder, new SoftReference<>(image));
                        }
                        return image;
                    }
                });
    }

    /**
     * Returns what messages call this picture.
     *
     * @return a file, URI or given name
     */
    public String name() {
        return name;
    }

    /**
     * Decodes the picture.
     *
     * @param decoder how
     * @return its pixels
     * @throws ImageDecodeException if that fails, whatever the reason
     */
    public RgbImage decode(ImageDecoder decoder) {
        try {
            return read.apply(decoder);
        } catch (ImageDecodeException e) {
            throw e;
        } catch (RuntimeException | LinkageError | VirtualMachineError e) {
            throw new ImageDecodeException(name, e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
