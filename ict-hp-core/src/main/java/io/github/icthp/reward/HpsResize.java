package io.github.icthp.reward;

/**
 * How HPS v2 resizes pictures. The authors' code leaves antialiasing to torchvision, whose default
 * for float pictures changed; a score can move by several hundredths with it.
 */
public enum HpsResize {
    /** Antialiased bicubic, as with torchvision 0.17 and later. */
    ANTIALIAS("antialiased bicubic"),
    /** Bicubic of 4 x 4 neighbors with a = -0.75, as with torchvision before 0.17. */
    NO_ANTIALIAS("bicubic without antialiasing, a = -0.75");

    private final String text;

    HpsResize(String text) {
        this.text = text;
    }

    /**
     * Returns the convention in words.
     *
     * @return for provenances
     */
    public String text() {
        return text;
    }
}
