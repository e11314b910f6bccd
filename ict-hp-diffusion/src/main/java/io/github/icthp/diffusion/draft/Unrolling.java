package io.github.icthp.diffusion.draft;

import com.google.common.base.Preconditions;

import io.github.icthp.training.Seeds;

import java.io.Serializable;

/** Which denoising steps the reward's gradient passes through. */
public sealed interface Unrolling extends Serializable {

    /**
     * Checks that this fits a number of steps.
     *
     * @param steps T, the denoising steps of a rollout
     * @throws IllegalArgumentException if it does not
     */
    void check(int steps);

    /**
     * Decides for one rollout what is left to chance.
     *
     * @param steps T, the denoising steps of a rollout
     * @param seed equal seeds decide alike
     * @return an unrolling that leaves nothing to chance
     */
    default Unrolling draw(int steps, long seed) {
        return this;
    }

    /**
     * DRaFT-K: the last K steps.
     *
     * @param k K, from 1 to T; T differentiates the whole rollout
     */
    record LastK(int k) implements Unrolling {

        @Override
        public void check(int steps) {
            Preconditions.checkArgument(
                    k >= 1 && k <= steps, "LastK: K must be in 1..%s, got %s", steps, k);
        }
    }

    /**
     * A number of last steps drawn anew for each rollout, once for all its images (Prabhudesai et
     * al. 2023, AlignProp).
     *
     * @param least the least K, from 1
     * @param most the greatest K, up to T
     */
    record RandomK(int least, int most) implements Unrolling {

        @Override
        public void check(int steps) {
            Preconditions.checkArgument(
                    least >= 1 && least <= most && most <= steps,
                    "RandomK: expected 1 <= least <= most <= %s, got %s and %s",
                    steps,
                    least,
                    most);
        }

        @Override
        public Unrolling draw(int steps, long seed) {
            return new LastK(Seeds.random(seed, 0, "unrolling").nextInt(least, most + 1));
        }
    }

    /**
     * DRaFT-LV: the last step, and that step again from the result with fresh noise, several times:
     * gradients of less variance for the price of a step each (section 4.2). They are summed.
     *
     * @param renoised how many times the result is noised again, at least 1
     */
    record LowVariance(int renoised) implements Unrolling {

        @Override
        public void check(int steps) {
            Preconditions.checkArgument(
                    renoised >= 1,
                    "LowVariance: the result must be noised again at least once, got %s",
                    renoised);
        }
    }

    /**
     * ReFL: the rollout stops at a step drawn from a range and jumps from there to the picture that
     * the velocity points to; the gradient passes through that velocity alone (Xu et al. 2023,
     * ImageReward, section 3).
     *
     * @param first the earliest step, from 0
     * @param last the latest step, up to T - 1
     */
    record Jump(int first, int last) implements Unrolling {

        @Override
        public void check(int steps) {
            Preconditions.checkArgument(
                    first >= 0 && first <= last && last < steps,
                    "Jump: expected 0 <= first <= last < %s, got %s and %s",
                    steps,
                    first,
                    last);
        }

        @Override
        public Unrolling draw(int steps, long seed) {
            int at = Seeds.random(seed, 0, "unrolling").nextInt(first, last + 1);
            return new Jump(at, at);
        }
    }
}
