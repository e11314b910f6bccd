package io.github.icthp.train.evaluation;

/**
 * How often a reward puts the images of a triplet in the order that people do.
 *
 * @param preferredOverRejected I2 above I1
 * @param refinedOverPreferred I3 above I2
 * @param refinedOverRejected I3 above I1
 * @param mean the mean of the three
 */
public record PairAccuracies(
        Accuracy preferredOverRejected,
        Accuracy refinedOverPreferred,
        Accuracy refinedOverRejected,
        Accuracy mean) {

    /**
     * Returns one of the three.
     *
     * @param pair which
     * @return its accuracy
     */
    public Accuracy of(Pair pair) {
        return switch (pair) {
            case PREFERRED_OVER_REJECTED -> preferredOverRejected;
            case REFINED_OVER_PREFERRED -> refinedOverPreferred;
            case REFINED_OVER_REJECTED -> refinedOverRejected;
        };
    }
}
