package io.github.icthp.weights;

import java.io.IOException;

/** Says, inside this package, that bytes are not what their format demands. */
final class DamagedDataException extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedDataException(String message) {
        super(message);
    }

    DamagedDataException(String message, Throwable cause) {
        super(message, cause);
    }
}
