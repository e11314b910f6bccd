package io.github.icthp.train.loss;

/** How a ranking term goes from one value a triplet to one value a batch. */
public enum Reduction {
    /** The mean over the triplets; both pairs of ranks are then added. */
    MEAN,
    /** The sum over the triplets and both pairs of ranks. */
    SUM
}
