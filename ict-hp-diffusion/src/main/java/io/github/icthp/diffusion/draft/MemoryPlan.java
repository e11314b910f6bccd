package io.github.icthp.diffusion.draft;

import java.util.Locale;

/**
 * What a DRaFT-K step will need beside the reward model, in bytes.
 *
 * @param checkpointing the policy
 * @param k K, the differentiated steps
 * @param weights of transformer and decoder
 * @param adapters their masters, gradients, moments and average
 * @param rollout embeddings, modulations and the latents that are kept
 * @param transformer what the way back through the transformer keeps, at its largest
 * @param decoder what the way back through the decoder keeps, at its largest
 */
public record MemoryPlan(
        RolloutCheckpointing checkpointing,
        int k,
        long weights,
        long adapters,
        long rollout,
        long transformer,
        long decoder) {

    private static final double GIB = 1 << 30;

    /**
     * Returns what is needed beside the weights while a gradient is computed. A whole graph holds
     * transformer and decoder at once; the other policies go back through the decoder first.
     *
     * @return bytes
     */
    public long activations() {
        return rollout
                + (checkpointing == RolloutCheckpointing.NONE
                        ? transformer + decoder
                        : Math.max(transformer, decoder));
    }

    /**
     * Returns all of it.
     *
     * @return bytes
     */
    public long total() {
        return weights + adapters + activations();
    }

    /**
     * Says it in a line.
     *
     * @return the policy, K, and gibibytes
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%-5s K=%d: %.1f GiB = weights %.1f + adapter %.2f + transformer %.2f %s decoder"
                        + " %.2f + rollout %.2f",
                checkpointing,
                k,
                total() / GIB,
                weights / GIB,
                adapters / GIB,
                transformer / GIB,
                checkpointing == RolloutCheckpointing.NONE ? "and" : "or",
                decoder / GIB,
                rollout / GIB);
    }
}
