package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Placeholder;

import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * A pandas block: columns of one type, and their places in the frame. What it holds is looked at
 * only when the frame is put together: blocks of series within cells are of no interest.
 *
 * @param content the columns
 * @param where says their places
 */
record Block(Object content, Object where) {

    /** Stands for {@code pandas._libs.internals._unpickle_block(values, places, axes)}. */
    Block(Arguments arguments) {
        this(arguments.get(0, Object.class), arguments.get(1, Object.class));
    }

    /**
     * Where columns belong.
     *
     * @param size how many columns
     * @param of gives a column's place in the frame
     */
    private record Places(int size, IntUnaryOperator of) {}

    /**
     * The columns, each with its place.
     *
     * @param values the columns
     * @param place gives a column's place in the frame
     */
    record Columns(BlockValues values, IntUnaryOperator place) {}

    /** Checks that the columns have places, and returns both. */
    Columns columns() {
        Places places = places();
        BlockValues values = values(places.size());
        if (places.size() != values.columns()) {
            throw new PickleFormatException(
                    String.format(
                            Locale.ROOT,
                            "a block of %d columns must have as many places, not %d",
                            values.columns(),
                            places.size()));
        }
        return new Columns(values, places.of());
    }

    private Places places() {
        if (where instanceof Slice slice) {
            return new Places(slice.size(), slice::get);
        }
        if (where instanceof NdArray array) {
            List<Integer> numbers =
                    IntStream.range(0, array.rows())
                            .mapToObj(i -> Math.toIntExact((Long) array.get(0, i)))
                            .toList();
            return new Places(numbers.size(), numbers::get);
        }
        return new Places(-1, i -> i);
    }

    private BlockValues values(int places) {
        if (content instanceof BlockValues values) {
            return values;
        }
        if (content instanceof Placeholder array) {
            return UnreadableValues.of(array, places);
        }
        throw new PickleFormatException("a block must hold an array");
    }
}
