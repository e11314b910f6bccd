package io.github.icthp.torch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets calls of programs end before the process does.
 *
 * <p>When a Java virtual machine exits, for example on Ctrl-C, the C library destroys PyTorch's
 * global objects while threads still compute with them, and now and then the process crashes
 * instead of ending. A shutdown hook therefore waits for the calls under way, and holds back new
 * ones meanwhile.
 */
final class RunningCalls {

    private static final Duration LONGEST_CALL = Duration.ofSeconds(30);
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(10);

    /** The calls of this process. */
    static final RunningCalls ALL = new RunningCalls(LONGEST_HOLD);

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(ALL::drain, "ict-hp-exit"));
    }

    private final Duration longestHold;
    private final AtomicInteger running = new AtomicInteger();
    private final CountDownLatch never = new CountDownLatch(1);
    private volatile boolean exiting;

    RunningCalls(Duration longestHold) {
        this.longestHold = longestHold;
    }

    /** Begins a call; {@link #end} must follow. */
    void begin() {
        running.incrementAndGet();
        if (exiting) {
            running.decrementAndGet();
            hold();
            running.incrementAndGet();
        }
    }

    void end() {
        running.decrementAndGet();
    }

    /** Most threads end here; another shutdown hook that still computes goes on after a while. */
    private void hold() {
        try {
            boolean released = never.await(longestHold.toMillis(), TimeUnit.MILLISECONDS);
            assert !released;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Holds back new calls and waits for those under way. */
    void drain() {
        exiting = true;
        long deadline = System.nanoTime() + LONGEST_CALL.toNanos();
        while (running.get() > 0 && System.nanoTime() < deadline) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
