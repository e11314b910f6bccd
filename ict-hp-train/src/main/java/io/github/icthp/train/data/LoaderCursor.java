package io.github.icthp.train.data;

import java.util.Locale;

/**
 * A place in a run over a data set: all that a loader needs to go on exactly where another stopped.
 *
 * @param epoch how many whole passes came before, from 0
 * @param position how many rows of this pass came before, in the pass's own order
 */
public record LoaderCursor(long epoch, long position) {

    /** The start of the first pass. */
    public static final LoaderCursor START = new LoaderCursor(0, 0);

    /**
     * Checks the cursor.
     *
     * @param epoch whole passes before
     * @param position rows of this pass before
     * @throws IllegalArgumentException if a part is negative
     */
    public LoaderCursor {
        if (epoch < 0 || position < 0) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "LoaderCursor: expected epoch and position of at least 0, got %d and %d",
                            epoch,
                            position));
        }
    }

    /** Returns the place one row further on, in passes of {@code size} rows. */
    LoaderCursor next(long size) {
        return position + 1 < size
                ? new LoaderCursor(epoch, position + 1)
                : new LoaderCursor(epoch + 1, 0);
    }
}
