package io.github.icthp.train.data.frame;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/** The values of one or more columns of one type. */
interface BlockValues {

    /** A number of rows that is not known. */
    int UNKNOWN = -1;

    /** Returns the type's name if its values cannot be read here. */
    default Optional<String> unreadable() {
        return Optional.empty();
    }

    int columns();

    int rows();

    /** Returns a value as {@link FrameColumn} gives it. */
    @Nullable Object get(int column, int row);
}
