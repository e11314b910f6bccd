package io.github.icthp.weights.pickle;

/**
 * Builds our own object where a pickle calls a function or class by an allowed name.
 *
 * <p>The arguments come from the file: check them, and take no memory on their word. An object that
 * is to receive a state (Python's {@code __setstate__}) implements {@link Buildable}.
 */
@FunctionalInterface
public interface Constructor {

    /**
     * Builds the object.
     *
     * @param arguments what the pickle passes
     * @return the object that takes the place of the call's result
     * @throws PickleFormatException if the arguments are not as expected; other runtime exceptions
     *     are turned into one
     */
    Object construct(Arguments arguments);
}
