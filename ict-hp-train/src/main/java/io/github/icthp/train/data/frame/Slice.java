package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;

import java.util.Locale;

/** Python's {@code slice} of whole numbers: which columns of a frame a block holds. */
record Slice(int start, int stop, int step) {

    Slice {
        if (start < 0 || stop < start || step < 1) {
            throw new PickleFormatException(
                    String.format(
                            Locale.ROOT,
                            "an ascending slice expected, got %d:%d:%d",
                            start,
                            stop,
                            step));
        }
    }

    Slice(Arguments arguments) {
        this(number(arguments, 0), number(arguments, 1), number(arguments, 2));
    }

    private static int number(Arguments arguments, int index) {
        return Math.toIntExact(arguments.integer(index));
    }

    int size() {
        return (int) (((long) stop - start + step - 1) / step);
    }

    /** Returns a number; {@code index} is below the size. */
    int get(int index) {
        return start + index * step;
    }
}
