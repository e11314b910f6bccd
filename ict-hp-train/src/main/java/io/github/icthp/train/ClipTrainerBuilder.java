package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Parameters.Memory;

import java.util.ArrayList;
import java.util.List;
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
     * @param config batches and optimiser; 10,000 steps at 5e-4 if this is not called
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
    ClipTrainerBuilder self() {
        return this;
    }

    @Override
    RewardTrainer load() {
        BaseModel base = baseModel();
        List<Replica> replicas = new ArrayList<>();
        try {
            for (Device device : devices()) {
                ClipModel model = base.load(device, DType.FLOAT32, Memory.OWNED);
                replicas.add(new ClipReplica(new IctReplica(model, device, compute())));
            }
            NDArray scale = replicas.get(0).trained().get(ClipFeatureLoss.LOGIT_SCALE);
            FeatureLoss loss = new ClipFeatureLoss(Objects.requireNonNull(scale));
            StepEngine engine = new StepEngine(replicas, loss, seed());
            StepTrainer steps =
                    new StepTrainer(engine, false, config.optimizer(), compute().type());
            return new RewardTrainer(steps, base, new IctFiles(base));
        } catch (RuntimeException | Error e) {
            replicas.forEach(Replica::close);
            throw e;
        }
    }
}
