package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Placeholder;

import java.util.Map;
import java.util.Optional;

/**
 * Columns of a type whose values cannot be read here, such as dates or categories.
 *
 * @param columns how many
 * @param type what pandas calls the type, or the class of its arrays
 */
record UnreadableValues(int columns, String type) implements BlockValues {

    private static final Map<String, String> TYPES =
            Map.of(
                    "Categorical", "category",
                    "DatetimeArray", "datetime64",
                    "TimedeltaArray", "timedelta64",
                    "IntegerArray", "Int64 (integers with NA)",
                    "FloatingArray", "Float64 (floats with NA)",
                    "BooleanArray", "boolean (with NA)",
                    "IntervalArray", "interval",
                    "SparseArray", "Sparse",
                    "PeriodArray", "period",
                    "ArrowExtensionArray", "pyarrow");

    /** Takes an array of pandas' that an inert object stands for. */
    static UnreadableValues of(Placeholder array, int columns) {
        return new UnreadableValues(columns, type(array.name()));
    }

    /** Returns the type of arrays of a class. */
    static String type(String className) {
        String simple = className.substring(className.lastIndexOf('.') + 1);
        return TYPES.getOrDefault(simple, className);
    }

    @Override
    public Optional<String> unreadable() {
        return Optional.of(type);
    }

    /** As many as the other columns have. */
    @Override
    public int rows() {
        return UNKNOWN;
    }

    @Override
    public Object get(int column, int row) {
        throw new PickleFormatException("values of the type " + type + " cannot be read");
    }
}
