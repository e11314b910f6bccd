package io.github.icthp.reward;

import java.util.List;

/**
 * What a reward model measures. Higher is better for every kind.
 *
 * @param name the name in messages and reports
 * @param scale what the numbers mean
 * @param readsPrompt whether the score depends on the prompt
 * @param parts the names of the numbers that the network gives for a pair; the score is the only
 *     one, or the product of several
 */
public record RewardKind(String name, ScoreScale scale, boolean readsPrompt, List<String> parts) {

    /** Does the image contain the text? The cosine of ICT's text and image features. */
    public static final RewardKind ICT = of("ICT", ScoreScale.COSINE, true, "ict");

    /** Is the image good? The sigmoid of the HP head. */
    public static final RewardKind HP = of("HP", ScoreScale.SIGMOID, false, "hp");

    /** ICT · HP (eq. 20). */
    public static final RewardKind COMBINED =
            of("ICT-HP", ScoreScale.COSINE_TIMES_SIGMOID, true, "ict", "hp");

    /** PickScore, Kirstain et al. 2023 (arXiv 2305.01569). */
    public static final RewardKind PICK_SCORE =
            of("PickScore", ScoreScale.SCALED_COSINE, true, "pickscore");

    /** Human Preference Score v2, Wu et al. 2023 (arXiv 2306.09341): a plain cosine. */
    public static final RewardKind HPS = of("HPS", ScoreScale.COSINE, true, "hps");

    /** The LAION aesthetic predictor over CLIP ViT-L/14, Schuhmann 2022. */
    public static final RewardKind AESTHETIC =
            of("Aesthetic", ScoreScale.RATING, false, "aesthetic");

    /** BLIP's image-text matching head, Li et al. 2022 (arXiv 2201.12086). */
    public static final RewardKind ITM = of("ITM", ScoreScale.PROBABILITY, true, "itm");

    /** ImageReward, Xu et al. 2023 (arXiv 2304.05977). */
    public static final RewardKind IMAGE_REWARD =
            of("ImageReward", ScoreScale.STANDARDIZED, true, "image_reward");

    /**
     * JPEG compressibility, Black et al. 2023 (arXiv 2305.13301), which has no gradient.
     *
     * @param scale {@link ScoreScale#MINUS_KILOBYTES} or {@link ScoreScale#MINUS_KILOBYTES_OF_500}
     * @return the kind
     */
    public static RewardKind jpeg(ScoreScale scale) {
        return of("JPEG", scale, false, "jpeg");
    }

    /**
     * Copies the parts.
     *
     * @param name the name in messages and reports
     * @param scale what the numbers mean
     * @param readsPrompt whether the score depends on the prompt
     * @param parts the names of the network's numbers
     * @throws IllegalArgumentException if there is no part
     */
    public RewardKind {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException(
                    "RewardKind: " + name + " needs at least one part, got none");
        }
    }

    /**
     * Describes a kind.
     *
     * @param name the name in messages and reports
     * @param scale what the numbers mean
     * @param readsPrompt whether the score depends on the prompt
     * @param parts the names of the network's numbers, at least one
     * @return the kind
     */
    public static RewardKind of(
            String name, ScoreScale scale, boolean readsPrompt, String... parts) {
        return new RewardKind(name, scale, readsPrompt, List.of(parts));
    }

    /**
     * The score of plain CLIP.
     *
     * @param scale {@link ScoreScale#COSINE}, {@link ScoreScale#CLIP_SCORE_100} or {@link
     *     ScoreScale#CLIP_SCORE_2_5}
     * @return the kind
     */
    public static RewardKind clip(ScoreScale scale) {
        return of("CLIP", scale, true, "clip");
    }

    /**
     * Returns the score of a pair from the network's numbers.
     *
     * @param values one for each of {@link #parts}
     * @return their product
     */
    public double value(double... values) {
        double product = 1;
        for (double value : values) {
            product *= value;
        }
        return product;
    }

    @Override
    public String toString() {
        return name + " (" + scale.text() + ")";
    }
}
