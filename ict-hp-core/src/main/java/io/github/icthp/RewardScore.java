package io.github.icthp;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.reward.RewardKind;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The score of one image for one prompt, or why there is none.
 *
 * @param prompt the prompt
 * @param image the image's name
 * @param kind what the model measures, and on which scale
 * @param parts the network's numbers, one for each of the kind's parts; empty if the image failed
 * @param failure why the image could not be scored; null if it was
 * @param provenance how the score was made
 */
public record RewardScore(
        String prompt,
        String image,
        RewardKind kind,
        ImmutableDoubleArray parts,
        @Nullable RuntimeException failure,
        ScoreProvenance provenance) {

    /**
     * Returns one of the network's numbers.
     *
     * @param name a part of {@link RewardKind#parts}
     * @return the number; NaN if the model has no such part or the image failed
     */
    public double part(String name) {
        int place = kind.parts().indexOf(name);
        return place < 0 || parts.isEmpty() ? Double.NaN : parts.get(place);
    }

    /**
     * Returns the cosine of text and image by ICT.
     *
     * @return in [-1, 1]; NaN if the model has no ICT or the image failed
     */
    public double ict() {
        return part("ict");
    }

    /**
     * Returns the image's quality by HP.
     *
     * @return in (0, 1); NaN if the model has no HP or the image failed
     */
    public double hp() {
        return part("hp");
    }

    /**
     * Returns ICT · HP (eq. 20). HP lies in (0, 1), so the product has ICT's sign, and a larger HP
     * takes a negative one further from 0: of two pictures with the same negative cosine, which
     * have nothing of the prompt, the better-looking one ranks lower.
     *
     * @return the product; NaN if either part is missing
     */
    public double combined() {
        return ict() * hp();
    }

    /**
     * Returns what the model measures.
     *
     * @return the value on the scale of {@link #kind}
     * @throws IllegalStateException if the image could not be scored
     */
    public double value() {
        if (failure != null) {
            throw new IllegalStateException(
                    "RewardScore: " + image + " has no score: " + failure.getMessage(), failure);
        }
        return kind.value(parts.toArray());
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
        return Math.min(ict() / threshold, 1);
    }

    /**
     * Returns one line: the image, its prompt, and its numbers or why there are none. How they were
     * made is in {@link #provenance}.
     *
     * @return for people
     */
    @Override
    public String toString() {
        String numbers = failure != null ? "no score: " + failure.getMessage() : numbers();
        return "RewardScore[" + image + " for \"" + prompt + "\": " + numbers + "]";
    }

    private String numbers() {
        if (kind.parts().size() == 1) {
            return String.format(Locale.ROOT, "%s %.6f", kind.name(), value());
        }
        String values =
                kind.parts().stream()
                        .map(p -> String.format(Locale.ROOT, "%S %.6f", p, part(p)))
                        .collect(Collectors.joining(" x "));
        return String.format(Locale.ROOT, "%s = %.6f", values, value());
    }

    /**
     * Returns why the image could not be scored.
     *
     * @return the failure, or empty if there is a score
     */
    public Optional<RuntimeException> error() {
        return Optional.ofNullable(failure);
    }

    /**
     * Puts the best scores first.
     *
     * @param scores scores of one model, in any order
     * @return the scores, best first; those of images that failed come last
     * @throws IllegalArgumentException if they are of different kinds, scales, weights, conventions
     *     or precisions, whose numbers do not compare; it says what differs
     */
    public static List<RewardScore> ranked(Collection<RewardScore> scores) {
        scores.stream().findFirst().ifPresent(one -> scores.forEach(one::requireComparable));
        return scores.stream()
                .sorted(
                        Comparator.comparingDouble(
                                s -> s.failure == null ? -s.value() : Double.POSITIVE_INFINITY))
                .collect(ImmutableList.toImmutableList());
    }

    private void requireComparable(RewardScore other) {
        Optional<String> difference =
                kind.equals(other.kind)
                        ? provenance.difference(other.provenance)
                        : Optional.of(kind + " and " + other.kind);
        if (difference.isPresent()) {
            throw new IllegalArgumentException(
                    "RewardScore.ranked: scores of different conventions do not compare: "
                            + difference.get()
                            + "; rank each model's scores by themselves");
        }
    }
}
