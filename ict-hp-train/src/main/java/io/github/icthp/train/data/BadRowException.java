package io.github.icthp.train.data;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** One row of a data set cannot be used; the other rows may well be. */
public final class BadRowException extends DatasetException {

    private static final long serialVersionUID = 1L;

    /** The data set's name. */
    private final String source;

    /** The row's number, from 0. */
    private final long row;

    /** The column at fault. */
    private final String column;

    /** What is wrong. */
    private final String problem;

    /**
     * Makes an exception that names row and column.
     *
     * @param source the data set, usually its table's file
     * @param row the row's number, from 0
     * @param column the column at fault
     * @param problem what was expected and what was found
     * @param cause what went wrong underneath, or null
     */
    public BadRowException(
            String source, long row, String column, String problem, @Nullable Throwable cause) {
        super(
                String.format(
                        Locale.ROOT, "%s: row %d, column %s: %s", source, row, column, problem),
                cause);
        this.source = source;
        this.row = row;
        this.column = column;
        this.problem = problem;
    }

    /**
     * Makes an exception for an image that could not be scored.
     *
     * @param source the data set
     * @param row the row's number, from 0
     * @param rank 0 for the rejected, 1 for the preferred, 2 for the refined image
     * @param failure why it could not be scored
     * @return an exception that names row and column
     */
    public static BadRowException ofImage(
            String source, long row, int rank, RuntimeException failure) {
        return new BadRowException(
                source,
                row,
                TripletColumns.IMAGES.get(rank),
                String.valueOf(failure.getMessage()),
                failure);
    }

    /**
     * Returns the data set's name.
     *
     * @return usually the table's file
     */
    public String source() {
        return source;
    }

    /**
     * Returns the row's number.
     *
     * @return from 0
     */
    public long row() {
        return row;
    }

    /**
     * Returns the column at fault.
     *
     * @return the column's name in the table
     */
    public String column() {
        return column;
    }

    /**
     * Returns what is wrong.
     *
     * @return what was expected and what was found
     */
    public String problem() {
        return problem;
    }
}
