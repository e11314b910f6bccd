package io.github.icthp.train.data;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The rows of a run in order, with a bounded number of them being decoded ahead by worker threads.
 *
 * <p>One thread takes samples.
 */
final class SampleWindow implements AutoCloseable {

    private record Ticket(LoaderCursor place, long row, Future<Sample> sample) {}

    private final SampleReader reader;
    private final RowOrder order;
    private final long size;
    private final long epochs;
    private final int capacity;
    private final ExecutorService workers;
    private final Queue<Ticket> tickets = new ArrayDeque<>();
    private LoaderCursor next;

    SampleWindow(TripletLoaderBuilder options, SampleReader reader) {
        this.reader = reader;
        this.order = options.order();
        this.size = options.size();
        this.epochs = size == 0 ? 0 : options.epochs;
        this.capacity = Math.multiplyExact(options.batchSize, options.prefetch);
        this.next = options.start;
        this.workers =
                Executors.newFixedThreadPool(
                        options.threads,
                        new ThreadFactoryBuilder()
                                .setDaemon(true)
                                .setNameFormat("ict-hp-decode-%d")
                                .build());
    }

    /** Returns the place of the row that is taken next, or null after the last. */
    @Nullable LoaderCursor place() {
        while (tickets.size() < capacity && next.epoch() < epochs) {
            long row = order.row(next);
            tickets.add(new Ticket(next, row, workers.submit(() -> reader.read(row))));
            next = next.next(size);
        }
        Ticket head = tickets.peek();
        return head == null ? null : head.place();
    }

    /**
     * Waits for the next row and takes it, good or bad.
     *
     * @throws BadRowException if it cannot be used
     * @throws CancellationException if the thread is interrupted; its interrupt flag stays set
     */
    Sample take() {
        Ticket ticket = tickets.remove();
        try {
            return ticket.sample().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for row " + ticket.row());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BadRowException bad) {
                throw bad;
            }
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "row %d could not be read: %s",
                            ticket.row(),
                            e.getCause()),
                    e);
        }
    }

    /** Stops the workers and waits until the last has gone. */
    @Override
    public void close() {
        workers.shutdownNow();
        tickets.clear();
        Uninterruptibles.awaitTerminationUninterruptibly(workers);
    }
}
