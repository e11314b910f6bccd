package io.github.icthp.reward;

/** What a score's numbers mean. Scores on different scales are never comparable. */
public enum ScoreScale {
    /** The cosine of image and text features. */
    COSINE("cosine", -1, 1),
    /** A sigmoid of a head's output. */
    SIGMOID("sigmoid", 0, 1),
    /** A cosine times a sigmoid (eq. 20). */
    COSINE_TIMES_SIGMOID("cosine x sigmoid", -1, 1),
    /** 100 x max(cosine, 0), as torchmetrics reports the CLIP score of one pair. */
    CLIP_SCORE_100("100 x max(cosine, 0)", 0, 100),
    /** 2.5 x max(cosine, 0): CLIPScore as Hessel et al. 2021 define it (eq. 1). */
    CLIP_SCORE_2_5("2.5 x max(cosine, 0)", 0, 2.5),
    /** exp(logit scale) x cosine; the released PickScore's factor is about 100. */
    SCALED_COSINE("exp(logit scale) x cosine", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY),
    /** The probability of a match. */
    PROBABILITY("probability", 0, 1),
    /** Less a mean, divided by a standard deviation of a sample. */
    STANDARDIZED("standardized", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY),
    /** A rating that people gave from 1 to 10; predictions may fall outside. */
    RATING("rating of 1 to 10", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY),
    /** Minus the kB of a JPEG file, as ddpo-pytorch rewards compressibility. */
    MINUS_KILOBYTES("-kB", Double.NEGATIVE_INFINITY, 0),
    /** Minus the kB of a JPEG file, divided by 500, as flow_grpo rewards compressibility. */
    MINUS_KILOBYTES_OF_500("-kB / 500", Double.NEGATIVE_INFINITY, 0),
    /** A number that only its author can explain. */
    CUSTOM("custom", Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

    private final String text;
    private final double least;
    private final double greatest;

    ScoreScale(String text, double least, double greatest) {
        this.text = text;
        this.least = least;
        this.greatest = greatest;
    }

    /**
     * Returns the scale in words.
     *
     * @return for example {@code cosine}
     */
    public String text() {
        return text;
    }

    /**
     * Returns the bound below.
     *
     * @return the least value up to rounding, or negative infinity
     */
    public double least() {
        return least;
    }

    /**
     * Returns the bound above.
     *
     * @return the greatest value up to rounding, or infinity
     */
    public double greatest() {
        return greatest;
    }
}
