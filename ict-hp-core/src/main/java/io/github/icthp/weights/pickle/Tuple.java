package io.github.icthp.weights.pickle;

import java.util.List;

/**
 * A Python tuple.
 *
 * @param items its items, not to be changed
 */
public record Tuple(List<Object> items) {

    /**
     * Copies the items.
     *
     * @param items the items
     */
    public Tuple {
        items = List.copyOf(items);
    }

    /**
     * Returns the number of items.
     *
     * @return at least 0
     */
    public int size() {
        return items.size();
    }

    /**
     * Returns an item.
     *
     * @param index from 0
     * @return the item
     * @throws IndexOutOfBoundsException if there is no such item
     */
    public Object get(int index) {
        return items.get(index);
    }

    /**
     * Returns the items as whole numbers, for example a shape.
     *
     * @return the numbers
     * @throws PickleFormatException if an item is no integer or does not fit 64 bits
     */
    public long[] toLongs() {
        long[] numbers = new long[items.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(items.get(i) instanceof Long number)) {
                throw new PickleFormatException(
                        "a tuple of integers expected, item "
                                + i
                                + " is "
                                + Values.describe(items.get(i)));
            }
            numbers[i] = number;
        }
        return numbers;
    }
}
