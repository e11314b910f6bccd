package io.github.icthp.diffusion.draft;

import com.google.common.base.Preconditions;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;

/** A model and a reward on one device, to compute rollouts with. */
public final class DraftReplica implements AutoCloseable {

    private final DraftModel model;
    private final DifferentiableReward reward;
    private final Runnable closing;

    private DraftReplica(DraftModel model, DifferentiableReward reward, Runnable closing) {
        this.model = model;
        this.reward = reward;
        this.closing = closing;
    }

    /**
     * Joins a pipeline and a reward model, and closes both.
     *
     * @param pipeline what is tuned, without adapters
     * @param reward what is maximized
     * @return the replica
     * @throws IllegalArgumentException if the pipeline was opened with an adapter file
     */
    public static DraftReplica of(DiffusionPipeline pipeline, RewardModel reward) {
        return of(
                pipeline,
                reward.differentiable(),
                () -> {
                    try (pipeline) {
                        reward.close();
                    }
                });
    }

    /**
     * Joins a pipeline and any reward.
     *
     * @param pipeline what is tuned, without adapters
     * @param reward what is maximized
     * @param closing frees both
     * @return the replica
     * @throws IllegalArgumentException if the pipeline was opened with an adapter file
     */
    public static DraftReplica of(
            DiffusionPipeline pipeline, DifferentiableReward reward, Runnable closing) {
        Preconditions.checkArgument(
                !pipeline.hasAdapter(),
                "DraftReplica: expected a pipeline without adapters, %s has some; open it without"
                        + " lora(...): the adapters that are trained are put on it",
                pipeline.parts().name());
        return of(new PipelineModel(pipeline), reward, closing);
    }

    /**
     * Joins a model and any reward.
     *
     * @param model what is tuned
     * @param reward what is maximized
     * @param closing frees both
     * @return the replica
     */
    public static DraftReplica of(DraftModel model, DifferentiableReward reward, Runnable closing) {
        return new DraftReplica(model, reward, closing);
    }

    DraftModel model() {
        return model;
    }

    DifferentiableReward reward() {
        return reward;
    }

    /** Frees model and reward. */
    @Override
    public void close() {
        closing.run();
    }
}
