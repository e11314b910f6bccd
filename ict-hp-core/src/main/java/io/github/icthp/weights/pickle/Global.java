package io.github.icthp.weights.pickle;

/**
 * A function or class that a pickle named and the {@link AllowList} has. Pickles pass such names as
 * arguments too, for example the class of an array or of a storage.
 *
 * @param name module and name, for example {@code collections.OrderedDict}
 * @param constructor what is called in its place
 */
public record Global(String name, Constructor constructor) {}
