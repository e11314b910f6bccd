package io.github.icthp.run;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Writes that are finished even if the program is asked to stop: by SIGINT or SIGTERM the virtual
 * machine ends only when those under way have ended, and no others begin.
 */
public final class Saving {

    /** How long a write that comes too late waits for the end. */
    private static final long MILLIS_TO_THE_END = 10_000;

    /** Writes share it; the end takes it for itself. */
    private static final ReentrantReadWriteLock UNDER_WAY = new ReentrantReadWriteLock();

    private static volatile boolean ending;

    static {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(Saving::finish, "finishing writes"));
        } catch (IllegalStateException e) {
            // The program is ending, and this is the first that is heard of any write.
        }
    }

    private Saving() {}

    /**
     * Does something to its end, even if the program is asked to stop meanwhile. It may contain
     * other such things.
     *
     * @param body what to do
     */
    public static void whole(Runnable body) {
        UNDER_WAY.readLock().lock();
        try {
            if (ending && UNDER_WAY.getReadHoldCount() == 1) {
                waitForTheEnd();
            }
            body.run();
        } finally {
            UNDER_WAY.readLock().unlock();
        }
    }

    /** Waits until what is under way is done. Nothing begins afterwards: the program is ending. */
    public static void finish() {
        UNDER_WAY.writeLock().lock();
        try {
            ending = true;
        } finally {
            UNDER_WAY.writeLock().unlock();
        }
    }

    private static void waitForTheEnd() {
        try {
            Thread.sleep(MILLIS_TO_THE_END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("Saving: the program is being stopped, nothing is written");
    }
}
