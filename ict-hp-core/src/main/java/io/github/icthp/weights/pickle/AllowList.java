package io.github.icthp.weights.pickle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * The names that a pickle may use, each with the constructor that stands for it. Immutable.
 *
 * <pre>{@code
 * AllowList allowed = AllowList.builder()
 *         .call("collections.OrderedDict", arguments -> new LinkedHashMap<>())
 *         .call("numpy.dtype", arguments -> new DType(arguments.text(0)))
 *         .name("numpy.ndarray")                       // only ever passed as an argument
 *         .build();
 * Object value = new Unpickler(allowed).load(buffer);
 * }</pre>
 */
public final class AllowList {

    private final Map<String, Global> globals;
    private final BiPredicate<String, String> inert;

    private AllowList(Map<String, Global> globals, BiPredicate<String, String> inert) {
        this.globals = Map.copyOf(globals);
        this.inert = inert;
    }

    /**
     * Starts an empty list.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns an empty list: plain values only.
     *
     * @return a list that refuses every name
     */
    public static AllowList none() {
        return builder().build();
    }

    /**
     * Finds what stands for a name.
     *
     * @param module a module, for example {@code torch._utils}
     * @param name a function or class in it; a path with dots is never allowed
     * @return what stands for it
     * @throws PickleFormatException if the name is not on the list
     */
    Global find(String module, String name) {
        Global global = name.contains(".") ? null : globals.get(module + "." + name);
        if (global == null && !name.contains(".") && inert.test(module, name)) {
            return new Global(module + "." + name, Placeholder.CONSTRUCTOR);
        }
        if (global == null) {
            throw new PickleFormatException(
                    "the pickle refers to '"
                            + Values.shorten(module)
                            + "."
                            + Values.shorten(name)
                            + "', which is not allowed here: nothing was executed. The file may be"
                            + " hostile, or of another kind than expected");
        }
        return global;
    }

    /** Collects names. */
    public static final class Builder {

        private final Map<String, Global> globals = new LinkedHashMap<>();

        private BiPredicate<String, String> inert = (module, name) -> false;

        private Builder() {}

        /**
         * Lets further names stand for a {@link Placeholder}, which nothing can be read from.
         *
         * @param names tells whether a name, given by module and name, is of that kind; names on
         *     the list are not asked for
         * @return this builder
         */
        public Builder inert(BiPredicate<String, String> names) {
            inert = names;
            return this;
        }

        /**
         * Allows a name to be called, and to be passed as an argument.
         *
         * @param name module and name with a dot between, for example {@code numpy.dtype}
         * @param constructor what is called in its place
         * @return this builder
         * @throws IllegalArgumentException if the name is on the list already
         */
        public Builder call(String name, Constructor constructor) {
            if (globals.putIfAbsent(name, new Global(name, constructor)) != null) {
                throw new IllegalArgumentException("'" + name + "' is on the list already");
            }
            return this;
        }

        /**
         * Allows a name to be passed as an argument, never to be called.
         *
         * @param name module and name with a dot between
         * @return this builder
         * @throws IllegalArgumentException if the name is on the list already
         */
        public Builder name(String name) {
            return call(
                    name,
                    arguments -> {
                        throw new PickleFormatException("it may be named here, but not called");
                    });
        }

        /**
         * Finishes the list.
         *
         * @return an immutable list
         */
        public AllowList build() {
            return new AllowList(globals, inert);
        }
    }
}
