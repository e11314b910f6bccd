package io.github.icthp.train.data;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gives batches of decoded triplets while later ones are decoded in the background.
 *
 * <p>Rows are handed to worker threads in order and taken from them in the same order, so batches
 * depend on data set, settings and starting place alone, never on timing. Memory is bounded by the
 * batches decoded ahead, whatever the size of the data set. No batch holds rows of two passes. B is
 * the batch size.
 *
 * <p>One thread takes batches; if it is interrupted while it waits, it gets a {@link
 * java.util.concurrent.CancellationException}. After any exception the loader can only be closed.
 * Closing waits for the workers, so none outlives it.
 */
public final class TripletLoader implements Iterator<TripletBatch>, AutoCloseable {

    private final String name;
    private final int batchSize;
    private final boolean dropLast;
    private final BadRowHandler badRows;
    private final long size;
    private final SampleReader samples;
    private final SampleWindow window;
    private final PixelPool memory;
    private @Nullable TripletBatch upcoming;

    TripletLoader(TripletLoaderBuilder options) {
        name = options.data.name();
        batchSize = options.batchSize;
        dropLast = options.dropLast;
        badRows = options.badRows;
        size = options.size();
        samples = new SampleReader(options.data, options.reader);
        memory = new PixelPool(3L * batchSize * samples.bytesPerImage());
        window = new SampleWindow(options, samples);
    }

    /**
     * Starts the settings of a loader.
     *
     * @param data where rows come from; stays open when the loader closes
     * @param reader turns pictures into pixels
     * @return settings to go on with
     */
    public static TripletLoaderBuilder of(PreferenceDataset data, PixelReader reader) {
        return new TripletLoaderBuilder(data, reader);
    }

    /**
     * Tells whether there is another batch; waits until it is decoded.
     *
     * @return false after the last pass
     * @throws BadRowException if a row cannot be used and bad rows are not skipped
     */
    @Override
    public boolean hasNext() {
        if (upcoming == null) {
            upcoming = assemble();
        }
        return upcoming != null;
    }

    /**
     * Returns the next batch; waits until it is decoded.
     *
     * @return 1 to B triplets, B if the last ones are dropped
     * @throws NoSuchElementException after the last batch
     * @throws BadRowException if a row cannot be used and bad rows are not skipped
     */
    @Override
    public TripletBatch next() {
        if (!hasNext()) {
            throw new NoSuchElementException(name + ": no batch after the last pass");
        }
        TripletBatch batch = upcoming;
        upcoming = null;
        return batch;
    }

    private @Nullable TripletBatch assemble() {
        List<PreferenceTriplet> taken = new ArrayList<>();
        ByteBuffer pixels = memory.take();
        LoaderCursor last = LoaderCursor.START;
        long rowsSeen = 0;
        while (taken.size() < batchSize) {
            LoaderCursor place = window.place();
            boolean passEnds = place == null || place.epoch() != last.epoch();
            if (passEnds && !taken.isEmpty() && !dropLast) {
                break;
            }
            if (place == null) {
                memory.give(pixels);
                return null;
            }
            if (passEnds) {
                taken.clear();
            }
            checkProgress(++rowsSeen);
            takeInto(taken, pixels);
            last = place;
        }
        return batch(taken, pixels, last.next(size));
    }

    /** Takes one row; a skipped one leaves the batch as it is. */
    private void takeInto(List<PreferenceTriplet> taken, ByteBuffer pixels) {
        try {
            Sample sample = window.take();
            int bytes = samples.bytesPerImage();
            for (int rank = 0; rank < 3; rank++) {
                int place = rank * batchSize + taken.size();
                pixels.put(place * bytes, sample.pixels(), rank * bytes, bytes);
            }
            taken.add(sample.triplet());
            samples.release(sample);
        } catch (BadRowException bad) {
            badRows.accept(bad);
        }
    }

    private TripletBatch batch(
            List<PreferenceTriplet> taken, ByteBuffer pixels, LoaderCursor resumeAt) {
        int bytes = samples.bytesPerImage() * taken.size();
        for (int rank = 1; rank < 3 && taken.size() < batchSize; rank++) {
            int from = rank * batchSize * samples.bytesPerImage();
            pixels.put(rank * bytes, pixels.slice(from, bytes), 0, bytes);
        }
        AtomicBoolean open = new AtomicBoolean(true);
        Runnable release =
                () -> {
                    if (open.getAndSet(false)) {
                        memory.give(pixels);
                    }
                };
        return new TripletBatch(taken, pixels.slice(0, 3 * bytes), resumeAt, release);
    }

    /** Two whole passes without a batch: no later one will have one. */
    private void checkProgress(long rowsSeen) {
        if (rowsSeen > 2 * Math.min(size, Long.MAX_VALUE / 4) + batchSize) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: no batch of %d triplets in two passes over %d rows; take smaller batches or look at the skipped rows",
                            name,
                            batchSize,
                            size));
        }
    }

    /** Stops and waits for the workers; batches already given out stay valid. */
    @Override
    public void close() {
        window.close();
    }
}
