package io.github.icthp.diffusion.draft;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.training.DivergenceException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a step's pictures were rewarded.
 *
 * @param rewards one for each picture
 * @param terms mean of each term of a weighted sum, by name
 * @param drift mean square of the difference to the base model's velocities
 */
record StepOutcome(List<Float> rewards, Map<String, Double> terms, double drift) {

    /** Joins the rollouts of a step, in their order. */
    static StepOutcome of(List<Rollout> rollouts) {
        List<Float> rewards = rollouts.stream().flatMap(r -> r.rewards().stream()).toList();
        Map<String, Double> sums = new LinkedHashMap<>();
        double drift = 0;
        for (Rollout rollout : rollouts) {
            rollout.terms().forEach((name, sum) -> sums.merge(name, sum, Double::sum));
            drift += rollout.drift() / rollouts.size();
        }
        sums.replaceAll((name, sum) -> sum / rewards.size());
        return new StepOutcome(rewards, sums, drift);
    }

    /**
     * Checks the rewards.
     *
     * @param step the optimizer step, from 0, for the message
     * @param pictures the step's pictures, for the message
     * @throws DivergenceException if a reward is not finite
     */
    void requireFinite(long step, List<Picture> pictures) {
        for (int i = 0; i < rewards.size(); i++) {
            if (!Float.isFinite(rewards.get(i))) {
                throw new DivergenceException(
                        "reward", rewards.get(i), step, pictures.get(i).toString());
            }
        }
    }

    double mean() {
        return rewards.stream().mapToDouble(Float::doubleValue).average().orElseThrow();
    }

    double deviation() {
        double mean = mean();
        return Math.sqrt(
                rewards.stream()
                        .mapToDouble(reward -> Math.pow(reward - mean, 2))
                        .average()
                        .orElseThrow());
    }
}
