package io.github.icthp.training;

import org.jspecify.annotations.Nullable;

/** The first failure of several actions, with the later ones suppressed in it. */
final class Failure {

    private @Nullable Exception first;

    /** What may fail. */
    interface Action {
        void run() throws Exception;
    }

    void collect(Action action) {
        try {
            action.run();
        } catch (Exception e) {
            if (first == null) {
                first = e;
            } else {
                first.addSuppressed(e);
            }
        }
    }

    void rethrow() {
        if (first instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (first != null) {
            throw new IllegalStateException(first);
        }
    }
}
