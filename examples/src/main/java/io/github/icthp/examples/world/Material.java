package io.github.icthp.examples.world;

import java.util.Locale;

/** What a thing in a rich picture is made of. */
public enum Material {
    /** Smooth with a bright highlight. */
    CERAMIC("glazed ceramic", 0.55, 40),
    /** Streaks and a broad highlight. */
    METAL("brushed metal", 0.45, 12),
    /** Dark grain. */
    WOOD("carved wood", 0.10, 10),
    /** Pale veins. */
    MARBLE("veined marble", 0.35, 30),
    /** Bright at the rim, no highlight. */
    VELVET("soft velvet", 0, 1),
    /** Blotches, no highlight. */
    STONE("rough stone", 0, 1);

    private final String phrase;
    private final double gloss;
    private final double sharpness;

    Material(String phrase, double gloss, double sharpness) {
        this.phrase = phrase;
        this.gloss = gloss;
        this.sharpness = sharpness;
    }

    /**
     * Returns the words for it in refined prompts.
     *
     * @return for example {@code brushed metal}
     */
    public String phrase() {
        return phrase;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How strong its highlight is. */
    double gloss() {
        return gloss;
    }

    /** How small its highlight is: Blinn's exponent. */
    double sharpness() {
        return sharpness;
    }
}
