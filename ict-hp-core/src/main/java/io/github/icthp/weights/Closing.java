package io.github.icthp.weights;

import org.jspecify.annotations.Nullable;

/** Closes several weights and loses no failure. */
final class Closing {

    private Closing() {}

    /** Closes all, and throws the first failure with the others suppressed in it. */
    static void closeAll(Iterable<Weights> all) {
        RuntimeException failure = null;
        for (Weights weights : all) {
            try {
                weights.close();
            } catch (RuntimeException e) {
                failure = join(failure, e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Closes all because of a failure, which keeps what closing threw. */
    static void closeAfter(Throwable failure, Iterable<Weights> all) {
        try {
            closeAll(all);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static RuntimeException join(@Nullable RuntimeException first, RuntimeException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }
}
