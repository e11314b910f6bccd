package io.github.icthp.examples.score;

import io.github.icthp.RewardScore;

/** Tells scores as they come. */
interface ScoreReport {

    /** Tells one score, or why there is none. */
    void add(RewardScore score);
}
