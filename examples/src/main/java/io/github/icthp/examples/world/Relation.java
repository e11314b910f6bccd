package io.github.icthp.examples.world;

/** How a prompt joins two things. */
public enum Relation {
    /** Anywhere in the picture. */
    AND("and"),
    /** The first is left of the second. */
    LEFT_OF("left of"),
    /** The first is above the second. */
    ABOVE("above");

    private final String phrase;

    Relation(String phrase) {
        this.phrase = phrase;
    }

    /**
     * Returns the words for it in prompts.
     *
     * @return for example {@code left of}
     */
    public String phrase() {
        return phrase;
    }
}
