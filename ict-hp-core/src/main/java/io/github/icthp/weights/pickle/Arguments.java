package io.github.icthp.weights.pickle;

import java.util.List;

/**
 * What a pickle passes to an allowed name: checked access with messages that name the callee.
 *
 * @param callee the name that is called
 * @param values the arguments, of the types that {@link Unpickler} lists
 */
public record Arguments(String callee, List<Object> values) {

    /**
     * Returns the number of arguments.
     *
     * @return at least 0
     */
    public int size() {
        return values.size();
    }

    /**
     * Checks the number of arguments.
     *
     * @param least how many there must be
     * @param most how many there may be
     * @return these arguments
     * @throws PickleFormatException if there are fewer or more
     */
    public Arguments require(int least, int most) {
        if (size() < least || size() > most) {
            throw new PickleFormatException(
                    callee + ": " + least + " to " + most + " arguments expected, got " + size());
        }
        return this;
    }

    /**
     * Returns an argument of a given type.
     *
     * @param <T> the type
     * @param index from 0
     * @param type the class it must have
     * @return the argument
     * @throws PickleFormatException if it is missing or of another type
     */
    public <T> T get(int index, Class<T> type) {
        if (index >= size() || !type.isInstance(values.get(index))) {
            throw new PickleFormatException(
                    callee
                            + ": argument "
                            + index
                            + " must be a "
                            + type.getSimpleName()
                            + ", not "
                            + (index < size() ? Values.describe(values.get(index)) : "missing"));
        }
        return type.cast(values.get(index));
    }

    /**
     * Returns a text argument.
     *
     * @param index from 0
     * @return the text
     * @throws PickleFormatException if it is missing or of another type
     */
    public String text(int index) {
        return get(index, String.class);
    }

    /**
     * Returns an integer argument.
     *
     * @param index from 0
     * @return the number
     * @throws PickleFormatException if it is missing, of another type, or over 64 bits
     */
    public long integer(int index) {
        return get(index, Long.class);
    }
}
