package io.github.icthp.diffusion.draft;

import com.google.common.collect.ImmutableList;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.torch.DType;
import io.github.icthp.training.OptimizerConfig;

import java.io.Serializable;
import java.util.List;

/**
 * What is the same for all rollouts of a run. With it, a step's number and a rollout's number
 * everything random in a rollout is known, so that it may be computed anywhere, and again.
 */
public final class RolloutJob implements Serializable {

    private static final long serialVersionUID = 1;

    private final DraftKConfig.Sampling sampling;
    private final RolloutCheckpointing checkpointing;
    private final DType type;
    private final double drift;
    private final double dropout;
    private final long seed;
    private final int batchSize;
    private final int accumulation;
    private final ImmutableList<String> prompts;
    private final int promptCache;

    RolloutJob(DraftKBuilder settings) {
        DraftKConfig config = settings.config();
        OptimizerConfig optimizer = config.optimizer();
        this.sampling = config.sampling();
        this.checkpointing = config.checkpointing();
        this.type = settings.model().type();
        this.drift = config.drift();
        this.dropout = config.lora().dropout();
        this.seed = config.seed();
        this.batchSize = optimizer.batchSize();
        this.accumulation = optimizer.accumulation();
        this.prompts = ImmutableList.copyOf(settings.prompts());
        this.promptCache = settings.promptCache();
    }

    /**
     * Returns how many rollouts a step has; each makes one batch of pictures.
     *
     * @return the batches that one optimizer step accumulates
     */
    public int rollouts() {
        return accumulation;
    }

    /** Returns how many pictures a step makes. */
    int picturesPerStep() {
        return batchSize * accumulation;
    }

    /** Returns the run's order of pictures, from its beginning; for one thread. */
    PromptOrder order() {
        return new PromptOrder(prompts, seed);
    }

    /** Returns the pictures of one rollout. */
    List<Picture> pictures(PromptOrder order, long step, int rollout) {
        return order.pictures(step * picturesPerStep() + (long) rollout * batchSize, batchSize);
    }

    /** Returns the prompts that the run trains on, each once. */
    List<String> prompts() {
        return prompts.stream().distinct().toList();
    }

    /** Returns how many prompts' embeddings a device's model keeps at once. */
    int promptCache() {
        return promptCache;
    }

    DraftKConfig.Sampling sampling() {
        return sampling;
    }

    RolloutCheckpointing checkpointing() {
        return checkpointing;
    }

    DType type() {
        return type;
    }

    double drift() {
        return drift;
    }

    double dropout() {
        return dropout;
    }

    long seed() {
        return seed;
    }
}
