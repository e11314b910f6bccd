package io.github.icthp.image;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Lets pictures be decoded side by side, and one that ran out of memory once more while no other is
 * in memory: whether it fails must not depend on which picture happens to be its neighbor.
 */
final class DecodingTurns {

    /** A picture that is drawn by decoding another one would wait for itself for ever. */
    private static final long PATIENCE_SECONDS = 30;

    private static final ReentrantReadWriteLock TURNS = new ReentrantReadWriteLock();

    private DecodingTurns() {}

    /**
     * Runs an attempt at a picture, and if need be another.
     *
     * @param attempt returns what went wrong, if anything did
     * @return what went wrong
     */
    static Optional<ImageDecodeException> run(Supplier<Optional<ImageDecodeException>> attempt) {
        Optional<ImageDecodeException> failure;
        TURNS.readLock().lock();
        try {
            failure = attempt.get();
        } finally {
            TURNS.readLock().unlock();
        }
        return failure.filter(ImageDecodeException::isOutOfMemory).isPresent()
                        && alone(attempt).isEmpty()
                ? Optional.empty()
                : failure;
    }

    private static Optional<ImageDecodeException> alone(
            Supplier<Optional<ImageDecodeException>> attempt) {
        boolean alone = false;
        try {
            alone = TURNS.writeLock().tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            return attempt.get();
        } finally {
            if (alone) {
                TURNS.writeLock().unlock();
            }
        }
    }
}
