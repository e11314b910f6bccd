package io.github.icthp.train;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What came of a training run. Both folders are of the layout that {@link RewardTrainer#save}
 * writes.
 *
 * @param steps optimizer steps made in all
 * @param reason why it ended: {@code finished}, or what stopped it early
 * @param last the weights after the last step
 * @param best the weights that ranked the validation data best; the last ones without such data
 * @param accuracy the best weights' pair accuracy on the validation data, in [0, 1]; empty without
 *     such data
 */
public record TrainingResult(
        long steps, String reason, Path last, Path best, OptionalDouble accuracy) {

    /**
     * Returns one line: steps, reason, accuracy and where the best weights lie.
     *
     * @return for people
     */
    @Override
    public String toString() {
        String judged =
                accuracy.isPresent()
                        ? String.format(
                                Locale.ROOT,
                                ", best pair accuracy %.2f %%",
                                100 * accuracy.getAsDouble())
                        : "";
        return String.format(
                Locale.ROOT,
                "TrainingResult[%s after %d steps%s: %s]",
                reason,
                steps,
                judged,
                best);
    }
}
