package io.github.icthp.weights.pickle;

/**
 * An object made by a {@link Constructor} that accepts the state which a pickle sets afterwards.
 */
public interface Buildable {

    /**
     * Sets the state, as Python's {@code __setstate__}.
     *
     * @param state a value from the file: often a {@link java.util.Map} or a {@link Tuple}
     * @throws PickleFormatException if the state is not as expected; other runtime exceptions are
     *     turned into one
     */
    void setState(Object state);
}
