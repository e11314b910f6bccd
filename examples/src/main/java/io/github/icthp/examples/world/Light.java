package io.github.icthp.examples.world;

/** The light of a rich picture. */
public enum Light {
    /** White. */
    CLEAR("in clear daylight", 1.02, 1.02, 1.02),
    /** A little towards orange. */
    WARM("in warm evening light", 1.06, 1.0, 0.93),
    /** A little towards blue. */
    COOL("in cool morning light", 0.95, 1.0, 1.06);

    private final String phrase;
    private final double r;
    private final double g;
    private final double b;

    Light(String phrase, double r, double g, double b) {
        this.phrase = phrase;
        this.r = r;
        this.g = g;
        this.b = b;
    }

    /**
     * Returns the words for it in refined prompts.
     *
     * @return for example {@code in warm evening light}
     */
    public String phrase() {
        return phrase;
    }

    Rgb tint() {
        return new Rgb(r, g, b);
    }
}
