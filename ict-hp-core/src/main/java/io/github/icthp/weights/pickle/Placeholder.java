package io.github.icthp.weights.pickle;

/**
 * Stands for an object whose class a pickle may mention but nothing here knows. It takes whatever
 * the pickle hands it and keeps none of it: nothing is executed, and no value can be read from it.
 * Two are equal only if they are the same.
 */
public final class Placeholder implements Buildable {

    /** Makes a placeholder in place of calling a name, with any arguments and keywords. */
    static final Constructor CONSTRUCTOR = arguments -> new Placeholder(arguments.callee());

    private final String name;

    /**
     * Makes a placeholder.
     *
     * @param name module and class of the object it stands for, or of the function that would make
     *     it
     */
    public Placeholder(String name) {
        this.name = name;
    }

    /**
     * Returns what it stands for.
     *
     * @return for example {@code pandas.Timestamp}
     */
    public String name() {
        return name;
    }

    /** Forgets the state. */
    @Override
    public void setState(Object state) {}

    /** Returns the name. */
    @Override
    public String toString() {
        return name;
    }
}
