package io.github.icthp.weights.pickle;

/** Gives the object that lies outside a pickle under a persistent id, as PyTorch's storages do. */
@FunctionalInterface
public interface PersistentLoader {

    /**
     * Returns the object.
     *
     * @param id a value from the file, for PyTorch a {@link Tuple}
     * @return the object
     * @throws PickleFormatException if the id is not as expected; other runtime exceptions are
     *     turned into one
     */
    Object load(Object id);
}
