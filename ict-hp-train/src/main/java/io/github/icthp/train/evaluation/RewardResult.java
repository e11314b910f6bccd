package io.github.icthp.train.evaluation;

import java.util.List;
import java.util.Optional;

/**
 * What was found about one reward.
 *
 * @param name the reward, for example {@code ICT-HP}
 * @param easy accuracies with the easy prompt: what the paper reports
 * @param refined accuracies with the refined prompt, if the reward reads prompts
 * @param labels the distance from ICT labels, if the reward is on their scale and any triplet was
 *     labeled
 * @param ranks the scores of I1, I2 and I3
 * @param histogram how those are spread
 */
public record RewardResult(
        String name,
        PairAccuracies easy,
        Optional<PairAccuracies> refined,
        Optional<LabelError> labels,
        List<ScoreSummary> ranks,
        ScoreHistogram histogram) {

    /**
     * Copies the summaries.
     *
     * @param name the reward
     * @param easy accuracies with the easy prompt
     * @param refined accuracies with the refined prompt
     * @param labels the distance from ICT labels
     * @param ranks the scores of I1, I2 and I3
     * @param histogram how those are spread
     */
    public RewardResult {
        ranks = List.copyOf(ranks);
    }
}
