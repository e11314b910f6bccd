package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.torch.DType;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.weights.Parameters.Memory;

import java.util.Objects;

/**
 * Trains a plain CLIP by contrast, from scratch ({@link io.github.icthp.clip.FreshClip} writes one)
 * or further: every row of the data gives one picture and one caption, the preferred picture with
 * the easy prompt or the refined picture with either prompt. It has no notion of preference.
 */
public final class ClipTrainerBuilder extends TrainerBuilder<ClipTrainerBuilder> {

    private ClipTrainerConfig config = ClipTrainerConfig.ofDefaults();

    ClipTrainerBuilder() {
        super("clip");
    }

    /**
     * Sets how CLIP is trained.
     *
     * @param config batches and optimizer; 10,000 steps at 5e-4 if this is not called
     * @return this
     */
    public ClipTrainerBuilder config(ClipTrainerConfig config) {
        this.config = config;
        return this;
    }

    @Override
    Object config() {
        return config;
    }

    @Override
    OptimizerConfig optimizer() {
        return config.optimizer();
    }

    @Override
    protected ClipTrainerBuilder self() {
        return this;
    }

    @Override
    RewardTrainer load() {
        BaseModel base = baseModel();
        return join(
                device -> {
                    ClipModel model = base.load(device, DType.FLOAT32, Memory.OWNED);
                    return new ClipReplica(new IctReplica(model, device, compute()));
                },
                replicas -> {
                    NDArray scale = replicas.get(0).trained().get(ClipFeatureLoss.LOGIT_SCALE);
                    FeatureLoss loss = new ClipFeatureLoss(Objects.requireNonNull(scale));
                    return new RewardTrainer(
                            new StepEngine(
                                    replicas,
                                    loss,
                                    false,
                                    seed(),
                                    config.optimizer(),
                                    compute().type()),
                            base,
                            new IctFiles(base));
                });
    }
}
