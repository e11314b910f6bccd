package io.github.icthp;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Optional;

/**
 * The score of one image for one prompt, or why there is none.
 *
 * @param prompt the prompt
 * @param image the image's name
 * @param kind what the model measures
 * @param ict the cosine of text and image; NaN if the model has no ICT or the image failed
 * @param hp the image's quality; NaN if the model has no HP or the image failed
 * @param failure why the image could not be scored; null if it was
 * @param provenance how the score was made
 */
public record RewardScore(
        String prompt,
        String image,
        RewardKind kind,
        double ict,
        double hp,
        @Nullable RuntimeException failure,
        ScoreProvenance provenance) {

    /**
     * Returns ICT · HP (eq. 20). HP lies in (0, 1), so the product has ICT's sign, and a larger HP
     * takes a negative one further from 0: of two pictures with the same negative cosine, which
     * have nothing of the prompt, the better-looking one ranks lower.
     *
     * @return the product; NaN if either part is missing
     */
    public double combined() {
        return ict * hp;
    }

    /**
     * Returns what the model measures: ICT, HP or their product.
     *
     * @return the value on the scale of {@link #kind}
     * @throws IllegalStateException if the image could not be scored
     */
    public double value() {
        if (failure != null) {
            throw new IllegalStateException(
                    "RewardScore: " + image + " has no score: " + failure.getMessage(), failure);
        }
        return switch (kind) {
            case ICT -> ict;
            case HP -> hp;
            case COMBINED -> combined();
        };
    }

    /**
     * Returns C(I, P) = min(ICT / θ, 1): saturated at the threshold, not clipped below.
     *
     * @param threshold θ, positive
     * @return the thresholded similarity
     */
    public double thresholdedIct(double threshold) {
        if (!(threshold > 0)) {
            throw new IllegalArgumentException(
                    "RewardScore: threshold must be positive, got " + threshold);
        }
        return Math.min(ict / threshold, 1);
    }

    /**
     * Returns one line: the image, its prompt, and its numbers or why there are none. How they were
     * made is in {@link #provenance}.
     *
     * @return for people
     */
    @Override
    public String toString() {
        String numbers =
                failure != null
                        ? "no score: " + failure.getMessage()
                        : switch (kind) {
                            case ICT -> String.format(Locale.ROOT, "ICT %.6f", ict);
                            case HP -> String.format(Locale.ROOT, "HP %.6f", hp);
                            case COMBINED ->
                                    String.format(
                                            Locale.ROOT,
                                            "ICT %.6f x HP %.6f = %.6f",
                                            ict,
                                            hp,
                                            combined());
                        };
        return "RewardScore[%s for \"%s\": %s]".formatted(image, prompt, numbers);
    }

    /**
     * Returns why the image could not be scored.
     *
     * @return the failure, or empty if there is a score
     */
    public Optional<RuntimeException> error() {
        return Optional.ofNullable(failure);
    }
}
