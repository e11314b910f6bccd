package io.github.icthp.train.data.frame;

import org.jspecify.annotations.Nullable;

/** The values of one or more columns of one type. */
interface BlockValues {

    int columns();

    int rows();

    /** Returns a value as {@link FrameColumn} gives it. */
    @Nullable Object get(int column, int row);
}
