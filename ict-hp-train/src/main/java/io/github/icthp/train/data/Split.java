package io.github.icthp.train.data;

import java.util.Locale;

/** The part of a data set that a row belongs to. */
public enum Split {
    /** Rows that weights are fitted to. */
    TRAIN,
    /** Rows that settings and the best checkpoint are chosen by. */
    VAL,
    /** Rows that only the final figures see. */
    TEST;

    /**
     * Returns the name used in files and folders.
     *
     * @return {@code train}, {@code val} or {@code test}
     */
    public String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
