package io.github.icthp.train.data;

import java.io.IOException;
import java.nio.file.Path;

/** A table format that can only be read from front to back. */
@FunctionalInterface
interface TableFormat {

    /**
     * Checks a table's columns and copies its rows, unchecked.
     *
     * @param labels whether labels are read; otherwise their columns may hold anything
     * @return whether the table is labeled
     * @throws DatasetException if the file is not of this format or its columns are wrong
     */
    boolean copy(Path table, boolean labels, RowWriter rows) throws IOException;
}
