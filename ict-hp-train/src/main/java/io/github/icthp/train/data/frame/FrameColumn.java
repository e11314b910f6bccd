package io.github.icthp.train.data.frame;

import org.jspecify.annotations.Nullable;

/** One column of a {@link DataFrame}. */
@FunctionalInterface
public interface FrameColumn {

    /**
     * Returns a value.
     *
     * @param row from 0 to the number of rows, exclusive
     * @return a {@link String}, {@link Double}, {@link Long} or {@link Boolean}; null where pandas
     *     has None or NA in a column of objects or texts; another object, of no meaning, where a
     *     column of objects holds anything else
     * @throws io.github.icthp.weights.pickle.PickleFormatException if the column's type is none of
     *     these
     */
    @Nullable Object get(int row);
}
