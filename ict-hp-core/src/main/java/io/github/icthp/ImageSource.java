package io.github.icthp;

import ai.djl.modality.cv.Image;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageInput;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A picture that has not been decoded yet: a file, encoded bytes from elsewhere, or a drawing.
 *
 * <p>Sources are cheap to hold and safe to share between threads. Reading one twice gives the same
 * picture.
 */
public sealed interface ImageSource {

    /**
     * Returns what messages and tables call this picture.
     *
     * @return a file path or another name that tells the picture apart
     */
    String name();

    /**
     * Returns the picture as the image processor takes it; nothing is decoded.
     *
     * @return the input
     * @throws ImageDecodeException if the bytes cannot be fetched or the picture cannot be drawn
     */
    default ImageInput input() {
        try {
            if (this instanceof File file) {
                return ImageInput.of(file.path());
            } else if (this instanceof Address address) {
                return ImageInput.of(address.uri());
            } else if (this instanceof Encoded encoded) {
                return ImageInput.of(encoded.bytes().get(), name());
            }
            return ImageInput.of(((Drawn) this).picture().get(), name());
        } catch (ImageDecodeException e) {
            throw e;
        } catch (IOException | RuntimeException | LinkageError | VirtualMachineError e) {
            throw new ImageDecodeException(name(), e);
        }
    }

    /**
     * Returns a picture in a file.
     *
     * @param path the file
     * @return the source
     */
    static ImageSource of(Path path) {
        return new File(path);
    }

    /**
     * Returns a picture behind an address.
     *
     * @param uri an address that {@link java.net.URL} can open
     * @return the source; it is read when it is needed, and a silent server is given up after a
     *     while
     */
    static ImageSource of(URI uri) {
        return new Address(uri);
    }

    /**
     * Returns an encoded picture.
     *
     * @param name what messages call it
     * @param encoded the whole picture file
     * @return the source
     */
    static ImageSource of(String name, byte[] encoded) {
        byte[] copy = encoded.clone();
        return new Encoded(name, () -> copy);
    }

    /**
     * Returns an encoded picture that is read from a stream now.
     *
     * @param name what messages call it
     * @param in the whole picture file; it is read to its end and not closed
     * @return the source
     * @throws IOException if the stream cannot be read
     */
    static ImageSource of(String name, InputStream in) throws IOException {
        return of(name, in.readAllBytes());
    }

    /**
     * Returns a picture in memory.
     *
     * @param name what messages call it
     * @param picture the picture, which must not change any more
     * @return the source
     */
    static ImageSource of(String name, BufferedImage picture) {
        return new Drawn(name, () -> picture);
    }

    /**
     * Returns a picture of DJL.
     *
     * @param name what messages call it
     * @param picture an image of any of DJL's image factories, which must not change any more
     * @return the source
     */
    static ImageSource of(String name, Image picture) {
        if (picture.getWrappedImage() instanceof BufferedImage wrapped) {
            return of(name, wrapped);
        }
        return new Encoded(
                name,
                () -> {
                    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
                    picture.save(encoded, "png");
                    return encoded.toByteArray();
                });
    }

    /**
     * Returns a picture that several models score: it is decoded once for all of them.
     *
     * @param source the picture
     * @return the same picture; its pixels are kept as long as it is reachable and the heap has
     *     room, so that a program lets it go when the last model has scored it
     */
    static ImageSource decodedOnce(ImageSource source) {
        return source instanceof DecodedOnce
                ? source
                : new DecodedOnce(
                        source, ImageInput.decodedOnce(source.name(), () -> source.input()));
    }

    /**
     * A picture in a file.
     *
     * @param path the file
     */
    record File(Path path) implements ImageSource {
        @Override
        public String name() {
            return path.toString();
        }
    }

    /**
     * A picture behind an address, fetched when it is decoded.
     *
     * @param uri an address that {@link java.net.URL} can open
     */
    record Address(URI uri) implements ImageSource {
        @Override
        public String name() {
            return uri.toString();
        }
    }

    /**
     * A picture in encoded form (JPEG, PNG, WebP), fetched when it is needed.
     *
     * @param name what messages call it
     * @param bytes gives the whole encoded picture; called from any thread, any number of times
     */
    record Encoded(String name, Bytes bytes) implements ImageSource {
        @Override
        public String toString() {
            return "Encoded[" + name + "]";
        }
    }

    /**
     * A picture that a program draws when it is needed.
     *
     * @param name what messages call it
     * @param picture draws it; called from any thread, and gives equal pixels at every call
     */
    record Drawn(String name, Supplier<BufferedImage> picture) implements ImageSource {
        @Override
        public String toString() {
            return "Drawn[" + name + "]";
        }
    }

    /**
     * A picture whose pixels are kept once they are decoded.
     *
     * @param source the picture
     * @param input decodes it once
     */
    record DecodedOnce(ImageSource source, ImageInput input) implements ImageSource {
        @Override
        public String name() {
            return source.name();
        }

        @Override
        public String toString() {
            return "DecodedOnce[" + source + "]";
        }
    }

    /** Fetches an encoded picture. */
    @FunctionalInterface
    interface Bytes {
        /**
         * Returns the whole encoded picture.
         *
         * @return the bytes of a picture file
         * @throws IOException if they cannot be fetched
         */
        byte[] get() throws IOException;
    }
}
