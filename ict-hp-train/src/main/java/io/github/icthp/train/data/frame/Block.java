package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;

import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * A pandas block: columns of one type, and their places in the frame.
 *
 * @param values the columns
 * @param place gives a column's place in the frame
 */
record Block(BlockValues values, IntUnaryOperator place) {

    /** Stands for {@code pandas._libs.internals._unpickle_block(values, places, axes)}. */
    Block(Arguments arguments) {
        this(arguments.get(0, BlockValues.class), places(arguments));
    }

    private static IntUnaryOperator places(Arguments arguments) {
        Object places = arguments.get(1, Object.class);
        int size = -1;
        IntUnaryOperator place = i -> i;
        if (places instanceof Slice slice) {
            size = slice.size();
            place = slice::get;
        } else if (places instanceof NdArray array) {
            size = array.rows();
            place = numbers(array)::get;
        }
        int columns = arguments.get(0, BlockValues.class).columns();
        if (size != columns) {
            throw new PickleFormatException(
                    String.format(
                            Locale.ROOT,
                            "a block of %d columns must have as many places, not %d",
                            columns,
                            size));
        }
        return place;
    }

    private static List<Integer> numbers(NdArray array) {
        return IntStream.range(0, array.rows())
                .mapToObj(i -> Math.toIntExact((Long) array.get(0, i)))
                .toList();
    }
}
