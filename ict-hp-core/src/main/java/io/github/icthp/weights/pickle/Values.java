package io.github.icthp.weights.pickle;

import java.math.BigInteger;

/** Facts about values from a pickle, told without walking into them: they may be deep or cyclic. */
final class Values {

    private static final int SHOWN = 80;

    private Values() {}

    /** Says in a few words what a value is. */
    static String describe(Object value) {
        if (value instanceof String text) {
            return "the text '" + shorten(text) + "'";
        }
        if (value instanceof Global global) {
            return "the name " + global.name();
        }
        if (value instanceof Placeholder placeholder) {
            return "an object of " + shorten(placeholder.name());
        }
        return isScalar(value) && !(value instanceof BigInteger)
                ? value.toString()
                : "a " + value.getClass().getSimpleName();
    }

    static String shorten(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    /** Returns whether a value may be a dictionary's key: then hashing it cannot go deep. */
    static boolean isKey(Object value) {
        return value instanceof Tuple tuple
                ? tuple.items().stream().allMatch(Values::isScalar)
                : isScalar(value);
    }

    private static boolean isScalar(Object value) {
        return value instanceof String
                || value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger
                || value instanceof None
                || value instanceof Placeholder;
    }
}
