package io.github.icthp.train.pickhigh;

import java.time.Duration;

/**
 * Pauses before a request is put again: twice as long every time, or as long as the server asks
 * for, within a bound.
 *
 * @param first before the second time; it doubles with every further one, up to 64 times
 * @param sleeper waits
 */
record Pauses(Duration first, Sleeper sleeper) {

    /** Longest wait that a server is granted: a build must not stand still for hours. */
    static final Duration LONGEST_ASKED_FOR = Duration.ofMinutes(5);

    private static final int LONGEST_DOUBLINGS = 6;

    Pauses(Duration first) {
        this(first, wait -> Thread.sleep(wait.toMillis()));
    }

    /** Waits. */
    @FunctionalInterface
    interface Sleeper {
        void sleep(Duration wait) throws InterruptedException;
    }

    /**
     * Waits after an attempt that failed.
     *
     * @param attempt its number, from 1
     * @param asked how long the server asks to wait; 0 if it does not
     */
    void after(int attempt, Duration asked) {
        Duration own = first.multipliedBy(1L << Math.min(attempt - 1, LONGEST_DOUBLINGS));
        Duration granted = asked.compareTo(LONGEST_ASKED_FOR) > 0 ? LONGEST_ASKED_FOR : asked;
        try {
            sleeper.sleep(own.compareTo(granted) > 0 ? own : granted);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting to ask again", e);
        }
    }
}
