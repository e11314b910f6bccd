package io.github.icthp.training;

/** Where a run's metrics go. */
interface MetricsSink extends AutoCloseable {

    /**
     * Writes metrics through to the disk's cache, so that others see them at once.
     *
     * @param metrics what was measured
     * @throws java.io.UncheckedIOException if they cannot be written
     */
    void write(Metrics metrics);

    /** Closes the file. */
    @Override
    void close();
}
