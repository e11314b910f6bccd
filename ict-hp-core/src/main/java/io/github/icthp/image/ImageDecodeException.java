package io.github.icthp.image;

import java.io.EOFException;
import java.nio.file.NoSuchFileException;

import javax.imageio.IIOException;

/** A picture could not be read: it is missing, damaged, of an unknown kind, or too large. */
public final class ImageDecodeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The picture's file or name. */
    private final String source;

    /**
     * Describes what is wrong with a picture.
     *
     * @param source the picture's file or name
     * @param problem what was expected and what was found
     */
    public ImageDecodeException(String source, String problem) {
        super("cannot decode " + source + ": " + problem);
        this.source = source;
    }

    /**
     * Describes what is wrong with a picture, and what noticed it.
     *
     * @param source the picture's file or name
     * @param cause the error underneath
     */
    public ImageDecodeException(String source, Throwable cause) {
        super("cannot decode " + source + ": " + describe(cause), cause);
        this.source = source;
    }

    /** Describes what is wrong with a picture, and what noticed it, in one's own words. */
    ImageDecodeException(String source, String problem, Throwable cause) {
        super("cannot decode " + source + ": " + problem, cause);
        this.source = source;
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof OutOfMemoryError) {
            return "it does not fit in what is left of the heap; raise -Xmx";
        }
        if (cause instanceof EOFException) {
            return "the file is cut off";
        }
        if (cause instanceof NoSuchFileException) {
            return "there is no such file";
        }
        boolean plain = cause instanceof ImageFormatException || cause instanceof IIOException;
        return plain && message != null ? message : cause.toString();
    }

    /** Whether the picture may succeed once there is more memory. */
    boolean isOutOfMemory() {
        return getCause() instanceof OutOfMemoryError;
    }

    /**
     * Returns which picture it was.
     *
     * @return its file or name
     */
    public String source() {
        return source;
    }
}
