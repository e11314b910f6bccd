package io.github.icthp.examples.world;

import java.util.Locale;

/** The color of a thing: a strong hue, so that it stays recognizable in light and in shade. */
public enum Color {
    /** Hue 0. */
    RED(0, 0.88, 0.86),
    /** Hue 27. */
    ORANGE(27, 0.92, 0.95),
    /** Hue 53. */
    YELLOW(53, 0.85, 0.95),
    /** Hue 125. */
    GREEN(125, 0.75, 0.68),
    /** Hue 182. */
    CYAN(182, 0.80, 0.82),
    /** Hue 222. */
    BLUE(222, 0.82, 0.88),
    /** Hue 274. */
    PURPLE(274, 0.72, 0.78),
    /** Hue 325. */
    PINK(325, 0.62, 0.95);

    private final double hue;
    private final double saturation;
    private final double value;

    Color(double hue, double saturation, double value) {
        this.hue = hue;
        this.saturation = saturation;
        this.value = value;
    }

    /**
     * Returns the word for it in prompts.
     *
     * @return for example {@code red}
     */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The hue in degrees. */
    double hue() {
        return hue;
    }

    /** The color of a flat thing. */
    Rgb paint() {
        return Rgb.ofHsv(hue, saturation, value);
    }
}
