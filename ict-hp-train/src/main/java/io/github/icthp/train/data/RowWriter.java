package io.github.icthp.train.data;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/** Writes the rows of a table to a file. */
interface RowWriter extends Closeable {

    /**
     * Writes one row.
     *
     * @param values by column: a string, a number, or null
     */
    void write(Map<String, ? extends @Nullable Object> values) throws IOException;
}
