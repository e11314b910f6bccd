package io.github.icthp.torch.staged;

import com.google.common.base.Preconditions;

/**
 * What a pass keeps of its stages for the way back. Gradients are the same either way.
 *
 * @param recomputes whether only what passes from stage to stage is kept, and each stage is
 *     computed again when its gradient is due
 * @param bytesAtOnce how much of a stage's state is computed at once where stages are computed
 *     again: consecutive rows of the batch, at least one
 */
public record Activations(boolean recomputes, long bytesAtOnce) {

    /**
     * Checks the limit.
     *
     * @param recomputes whether each stage is computed again when its gradient is due
     * @param bytesAtOnce how much of a stage's state is computed at once
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Activations {
        Preconditions.checkArgument(
                bytesAtOnce > 0,
                "Activations: expected a positive number of bytes at once, got %s",
                bytesAtOnce);
    }

    /**
     * Keeps the graph of every stage: the fastest.
     *
     * @return the policy
     */
    public static Activations kept() {
        return new Activations(false, Long.MAX_VALUE);
    }

    /**
     * Computes each stage again, for the whole batch at once.
     *
     * @return the policy
     */
    public static Activations recomputed() {
        return recomputedInRows(Long.MAX_VALUE);
    }

    /**
     * Computes each stage again, for a few rows of the batch at once. The first dimension of every
     * tensor of state and context must be the batch.
     *
     * @param bytesAtOnce how much of a stage's state is computed at once
     * @return the policy
     */
    public static Activations recomputedInRows(long bytesAtOnce) {
        return new Activations(true, bytesAtOnce);
    }
}
