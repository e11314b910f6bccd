package io.github.icthp.torch;

/** A TorchScript program that does not compile, or a call of one of its methods that failed. */
public final class TorchProgramException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TorchProgramException(String message, Throwable cause) {
        super(message, cause);
    }
}
