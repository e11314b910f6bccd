package io.github.icthp.train.data;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Settings of a {@link TripletLoader}; made by {@link TripletLoader#of}. */
public final class TripletLoaderBuilder {

    final PreferenceDataset data;
    final PixelReader reader;
    int batchSize = 1;
    boolean dropLast;
    long epochs = Long.MAX_VALUE;
    int threads = Runtime.getRuntime().availableProcessors();
    int prefetch = 2;
    LoaderCursor start = LoaderCursor.START;
    BadRowHandler badRows = BadRowHandler.fail();
    private @Nullable Long seed;

    TripletLoaderBuilder(PreferenceDataset data, PixelReader reader) {
        this.data = data;
        this.reader = reader;
    }

    /**
     * Sets the number of triplets in a batch; 1 if it is not set.
     *
     * @param triplets at least 1
     * @return this builder
     * @throws IllegalArgumentException if it is less
     */
    public TripletLoaderBuilder batchSize(int triplets) {
        batchSize = (int) atLeastOne("batchSize", triplets);
        return this;
    }

    /**
     * Shuffles every pass anew; without it rows come in the data set's order. A data set without
     * end cannot be shuffled, and need not be.
     *
     * @param shuffleSeed equal seeds give equal orders
     * @return this builder
     * @throws IllegalArgumentException if the data set has no known size
     */
    public TripletLoaderBuilder shuffle(long shuffleSeed) {
        if (data.size().isEmpty()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "TripletLoader: %s has no end, so it cannot be shuffled; take its rows in order",
                            data.name()));
        }
        seed = shuffleSeed;
        return this;
    }

    /**
     * Leaves out the rows at the end of a pass that do not fill a batch; kept if it is not called.
     *
     * @return this builder
     */
    public TripletLoaderBuilder dropLast() {
        dropLast = true;
        return this;
    }

    /**
     * Sets when the loader ends; never if it is not set.
     *
     * @param passes over the data set, those before the starting place included; at least 1
     * @return this builder
     * @throws IllegalArgumentException if it is less
     */
    public TripletLoaderBuilder epochs(long passes) {
        epochs = atLeastOne("epochs", passes);
        return this;
    }

    /**
     * Sets the number of decoding threads; one per processor if it is not set.
     *
     * @param workers at least 1
     * @return this builder
     * @throws IllegalArgumentException if it is less
     */
    public TripletLoaderBuilder threads(int workers) {
        threads = (int) atLeastOne("threads", workers);
        return this;
    }

    /**
     * Sets how many batches are decoded ahead; 2 if it is not set.
     *
     * @param batchesAhead at least 1
     * @return this builder
     * @throws IllegalArgumentException if it is less
     */
    public TripletLoaderBuilder prefetch(int batchesAhead) {
        prefetch = (int) atLeastOne("prefetch", batchesAhead);
        return this;
    }

    /**
     * Sets where to start; at the first row if it is not set.
     *
     * @param place from {@link TripletBatch#resumeAt} of a run with the same data set and seed; the
     *     batch size may differ
     * @return this builder
     * @throws IllegalArgumentException if the data set has no such row
     */
    public TripletLoaderBuilder startAt(LoaderCursor place) {
        if (place.position() > 0 && place.position() >= size()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "TripletLoader: cannot start at %s: %s has %d rows; is it the data set of that run?",
                            place,
                            data.name(),
                            size()));
        }
        start = place;
        return this;
    }

    /**
     * Sets what happens at a row that cannot be used; the run ends there if it is not set.
     *
     * @param handler for example a {@link BadRowLog}, which skips it
     * @return this builder
     */
    public TripletLoaderBuilder badRows(BadRowHandler handler) {
        badRows = handler;
        return this;
    }

    /**
     * Starts the workers.
     *
     * @return a loader to be closed after use
     */
    public TripletLoader build() {
        return new TripletLoader(this);
    }

    long size() {
        return data.size().orElse(Long.MAX_VALUE);
    }

    RowOrder order() {
        return seed == null ? RowOrder.SEQUENTIAL : RowOrder.shuffled(size(), seed);
    }

    private static long atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "TripletLoader: %s must be at least 1, got %d",
                            name,
                            value));
        }
        return value;
    }
}
