package io.github.icthp.train.data;

/** What a loader does about a row that cannot be used. */
@FunctionalInterface
public interface BadRowHandler {

    /**
     * Handles a bad row. Returning skips it; throwing ends the run. Called in row order by the
     * thread that takes batches.
     *
     * @param bad names the row, the column and the problem
     */
    void accept(BadRowException bad);

    /**
     * Returns the handler that ends the run at the first bad row.
     *
     * @return a handler that throws what it is given
     */
    static BadRowHandler fail() {
        return bad -> {
            throw bad;
        };
    }
}
