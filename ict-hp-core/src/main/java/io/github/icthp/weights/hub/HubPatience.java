package io.github.icthp.weights.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How long to wait for a hub that has stopped sending, and before the next attempt.
 *
 * @param silence after how long without a byte a download is broken off
 * @param pause before the second attempt; twice as long before each further one
 */
record HubPatience(Duration silence, Duration pause) {

    static final HubPatience DEFAULT =
            new HubPatience(Duration.ofSeconds(60), Duration.ofSeconds(1));

    private static final ScheduledExecutorService WATCH =
            Executors.newSingleThreadScheduledExecutor(
                    work -> {
                        Thread thread = new Thread(work, "hub-download-watch");
                        thread.setDaemon(true);
                        return thread;
                    });

    /** Waits before an attempt, counted from 0. */
    void pause(int attempt) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(pause.toMillis() << (attempt - 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted between two attempts", e);
        }
    }

    /** Returns the stream, which fails when nothing arrives for too long. */
    InputStream guard(InputStream body) {
        return new Guarded(body, silence.toMillis());
    }

    /** Closes the stream below from another thread, which wakes a read that waits. */
    private static final class Guarded extends FilterInputStream {

        private final long silence;
        private volatile boolean silent;

        Guarded(InputStream body, long silence) {
            super(body);
            this.silence = silence;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Future<?> alarm = WATCH.schedule(this::breakOff, silence, TimeUnit.MILLISECONDS);
            try {
                int count = in.read(bytes, offset, length);
                if (silent) {
                    throw new IOException("nothing arrived for " + silence + " ms");
                }
                return count;
            } finally {
                alarm.cancel(false);
            }
        }

        private void breakOff() {
            silent = true;
            try {
                in.close();
            } catch (IOException e) {
                // The read that waits fails in any case.
            }
        }
    }
}
