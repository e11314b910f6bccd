package io.github.icthp.examples.world;

/** What lies behind the things of a rich picture. All are muted, so that things stand out. */
public enum Backdrop {
    /** Gray water under a pale sky. */
    LAKE("over a misty lake at dawn"),
    /** Dark with stars. */
    NIGHT("under a starry night sky"),
    /** White ridges. */
    MOUNTAINS("before snowy mountains"),
    /** Sand in waves. */
    DUNES("among desert dunes"),
    /** Gray trunks in fog. */
    FOREST("in a foggy forest"),
    /** Rows of stones. */
    WALL("on a weathered stone wall"),
    /** Planks. */
    TABLE("on an old wooden table"),
    /** Dark clouds. */
    CLOUDS("under stormy clouds");

    private final String phrase;

    Backdrop(String phrase) {
        this.phrase = phrase;
    }

    /**
     * Returns the words for it in refined prompts.
     *
     * @return for example {@code over a misty lake at dawn}
     */
    public String phrase() {
        return phrase;
    }
}
