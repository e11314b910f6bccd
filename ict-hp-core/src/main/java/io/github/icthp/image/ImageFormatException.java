package io.github.icthp.image;

import java.io.IOException;

/** Encoded bytes break their format; the message says how. */
final class ImageFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    ImageFormatException(String problem) {
        super(problem);
    }
}
