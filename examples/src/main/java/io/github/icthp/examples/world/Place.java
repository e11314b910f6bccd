package io.github.icthp.examples.world;

/** The part of the picture that a prompt names for its one thing. */
public enum Place {
    /** Not said: about the middle. */
    ANY("", 0, 0),
    /** The left third. */
    LEFT("on the left", -1, 0),
    /** The right third. */
    RIGHT("on the right", 1, 0),
    /** The upper third. */
    TOP("at the top", 0, -1),
    /** The lower third. */
    BOTTOM("at the bottom", 0, 1);

    private final String phrase;
    private final int x;
    private final int y;

    Place(String phrase, int x, int y) {
        this.phrase = phrase;
        this.x = x;
        this.y = y;
    }

    /**
     * Returns the words for it in prompts.
     *
     * @return for example {@code on the left}; empty if it is not said
     */
    public String phrase() {
        return phrase;
    }

    int x() {
        return x;
    }

    int y() {
        return y;
    }

    Place opposite() {
        return switch (this) {
            case ANY -> ANY;
            case LEFT -> RIGHT;
            case RIGHT -> LEFT;
            case TOP -> BOTTOM;
            case BOTTOM -> TOP;
        };
    }
}
