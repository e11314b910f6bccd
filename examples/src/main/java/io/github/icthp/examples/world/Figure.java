package io.github.icthp.examples.world;

import java.util.Locale;

/** The shape of a thing. All fit a circle of radius 1 about their origin. */
public enum Figure {
    /** A disc. */
    CIRCLE("circles"),
    /** A square on its side. */
    SQUARE("squares"),
    /** A triangle on its base. */
    TRIANGLE("triangles"),
    /** A star with five points. */
    STAR("stars"),
    /** A heart. */
    HEART("hearts"),
    /** A ring with a wide hole. */
    RING("rings"),
    /** A cross with four equal arms. */
    CROSS("crosses"),
    /** A crescent that opens to the right. */
    MOON("moons");

    private final String plural;

    Figure(String plural) {
        this.plural = plural;
    }

    /**
     * Returns the word for it in prompts.
     *
     * @param count how many things there are
     * @return for example {@code star} or {@code stars}
     */
    public String word(int count) {
        return count == 1 ? name().toLowerCase(Locale.ROOT) : plural;
    }
}
