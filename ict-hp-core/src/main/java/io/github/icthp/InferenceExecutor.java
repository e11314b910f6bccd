package io.github.icthp;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The one thread on which a model computes, whoever calls.
 *
 * <p>One operation already uses every core, so callers gain nothing by computing side by side; and
 * OpenMP would start a team of threads for each of them.
 */
final class InferenceExecutor implements AutoCloseable {

    private final ExecutorService thread;

    InferenceExecutor(String name) {
        this.thread =
                Executors.newSingleThreadExecutor(
                        body -> {
                            Thread t = new Thread(body, name);
                            t.setDaemon(true);
                            return t;
                        });
    }

    /** Starts a computation. */
    <T> CompletableFuture<T> start(Callable<T> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            thread.execute(
                    () -> {
                        try {
                            result.complete(body.call());
                        } catch (Throwable e) {
                            result.completeExceptionally(e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("RewardModel: closed; build a new one", e);
        }
        return result;
    }

    /** Waits for a computation; an interrupt ends the wait and leaves the thread interrupted. */
    static <T> T await(CompletableFuture<T> computation) {
        try {
            return computation.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("RewardModel: interrupted while scoring", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException runtime
                    ? runtime
                    : new IllegalStateException(e.getCause());
        }
    }

    /** Lets running computations end, then stops. */
    @Override
    public void close() {
        thread.shutdown();
        boolean interrupted = false;
        while (!thread.isTerminated()) {
            try {
                thread.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
