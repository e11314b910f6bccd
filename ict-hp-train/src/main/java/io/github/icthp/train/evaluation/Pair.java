package io.github.icthp.train.evaluation;

/** Two images of a triplet, of which people or the prompt's refinement prefer one. */
public enum Pair {
    /** I2 over I1: people preferred the one image to the other. */
    PREFERRED_OVER_REJECTED("I2>I1", 1, 0),
    /** I3 over I2: the image of the refined prompt is richer. */
    REFINED_OVER_PREFERRED("I3>I2", 2, 1),
    /** I3 over I1. */
    REFINED_OVER_REJECTED("I3>I1", 2, 0);

    private final String label;
    private final int better;
    private final int worse;

    Pair(String label, int better, int worse) {
        this.label = label;
        this.better = better;
        this.worse = worse;
    }

    /**
     * Returns the pair in short.
     *
     * @return for example {@code I2>I1}
     */
    public String label() {
        return label;
    }

    /**
     * Compares the images by their scores.
     *
     * @param scores of I1, I2 and I3
     * @return 2 if the better image wins, 1 for a tie, else 0
     */
    public int outcome(double... scores) {
        double lead = scores[better] - scores[worse];
        return lead > 0 ? 2 : lead < 0 ? 0 : 1;
    }
}
