package io.github.icthp;

/** What a reward model measures. */
public enum RewardKind {
    /** Does the image contain the text? The cosine of ICT's text and image features, in [-1, 1]. */
    ICT("cosine"),
    /** Is the image good? The sigmoid of the HP head, in (0, 1). */
    HP("sigmoid"),
    /** ICT · HP (eq. 20), in (-1, 1). */
    COMBINED("cosine x sigmoid");

    private final String scale;

    RewardKind(String scale) {
        this.scale = scale;
    }

    /**
     * Returns the scale of the value, in words.
     *
     * @return for example {@code cosine}
     */
    public String scale() {
        return scale;
    }

    boolean usesIct() {
        return this != HP;
    }

    boolean usesHp() {
        return this != ICT;
    }
}
