package io.github.icthp.train;

import io.github.icthp.torch.DType;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.weights.Parameters.Memory;

/** Trains ICT: every weight of a CLIP model. */
public final class IctTrainerBuilder extends TrainerBuilder<IctTrainerBuilder> {

    private IctConfig config = IctConfig.paper();

    IctTrainerBuilder() {
        super("ict");
    }

    /**
     * Sets how ICT is trained.
     *
     * @param config loss, batches and optimizer; {@link IctConfig#paper} if this is not called
     * @return this
     */
    public IctTrainerBuilder config(IctConfig config) {
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
    protected IctTrainerBuilder self() {
        return this;
    }

    @Override
    RewardTrainer load() {
        BaseModel base = baseModel();
        return join(
                device ->
                        new IctReplica(
                                base.load(device, DType.FLOAT32, Memory.OWNED), device, compute()),
                replicas -> {
                    FeatureLoss loss = new IctFeatureLoss(config.loss());
                    return new RewardTrainer(
                            new StepEngine(
                                    replicas,
                                    loss,
                                    config.negativesAcrossAccumulation(),
                                    seed(),
                                    config.optimizer(),
                                    compute().type()),
                            base,
                            new IctFiles(base));
                });
    }
}
