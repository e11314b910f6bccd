package io.github.icthp.torch;

/**
 * Thrown when a native library cannot be loaded: it is not there, cannot be unpacked or downloaded,
 * or does not fit the machine. The message names the folder and the variables that matter, and says
 * what to do.
 */
public final class NativeLibraryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private NativeLibraryException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Says what DJL's failure to load a library means.
     *
     * @param engine DJL's name of the library's folder in its cache: {@code pytorch} or {@code
     *     tokenizers}
     * @param failure what DJL has thrown
     * @return the exception to throw in its place
     */
    public static NativeLibraryException of(String engine, Throwable failure) {
        return new NativeLibraryException(NativeLibraryAdvice.of(engine, failure), failure);
    }
}
