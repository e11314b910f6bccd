package io.github.icthp.training;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** One thread for each device; the first device's is the caller's own, so one device needs none. */
public final class DeviceThreads implements AutoCloseable {

    private final List<ExecutorService> others = new ArrayList<>();

    /**
     * Prepares threads.
     *
     * @param count how many devices there are, at least 1
     */
    public DeviceThreads(int count) {
        for (int i = 1; i < count; i++) {
            String name = "ict-hp-device-" + i;
            others.add(
                    Executors.newSingleThreadExecutor(
                            body -> {
                                Thread thread = new Thread(body, name);
                                thread.setDaemon(true);
                                return thread;
                            }));
        }
    }

    /**
     * Runs a task for every device, each on its own thread, and waits for all of them.
     *
     * @param tasks the task of each device by its number, from 0
     * @param <T> type of a task's result
     * @return the results, in the order of the devices
     * @throws RuntimeException the first failure in that order, when all have ended; the others are
     *     suppressed in it
     */
    public <T> List<T> onAll(IntFunction<Callable<T>> tasks) {
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < others.size(); i++) {
            running.add(others.get(i).submit(tasks.apply(i + 1)));
        }
        List<T> results = new ArrayList<>();
        Failure failure = new Failure();
        failure.collect(() -> results.add(tasks.apply(0).call()));
        for (Future<T> future : running) {
            failure.collect(() -> results.add(await(future)));
        }
        failure.rethrow();
        return results;
    }

    private static <T> T await(Future<T> future) throws Exception {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    // A device cannot be stopped half-way; the caller is told when it is done.
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw e.getCause() instanceof Exception cause ? cause : e;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Stops the threads. */
    @Override
    public void close() {
        others.forEach(ExecutorService::shutdown);
    }
}
