package io.github.icthp.diffusion.model;

import java.util.function.Supplier;

/** Switches adapters off for a thread, to see what the base model does. */
public final class Adapters {

    private static final ThreadLocal<Boolean> DISABLED = ThreadLocal.withInitial(() -> false);

    private Adapters() {}

    /**
     * Runs a body as if no transformer had adapters.
     *
     * @param body what to run on this thread
     * @param <T> type of its result
     * @return the body's result
     */
    public static <T> T disabled(Supplier<T> body) {
        boolean before = DISABLED.get();
        DISABLED.set(true);
        try {
            return body.get();
        } finally {
            DISABLED.set(before);
        }
    }

    static boolean disabled() {
        return DISABLED.get();
    }
}
