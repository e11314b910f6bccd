package io.github.icthp.train.data;

import java.util.List;

/** Scores triplets with the base CLIP. */
@FunctionalInterface
public interface ClipScorer {

    /**
     * Scores a batch.
     *
     * @param triplets at least one
     * @return one result for each triplet, in order
     * @throws BadRowException if an image of a triplet cannot be decoded
     */
    List<ClipScores> score(List<PreferenceTriplet> triplets);
}
