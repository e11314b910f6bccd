package io.github.icthp.train;

import ai.djl.Device;

import io.github.icthp.torch.DType;
import io.github.icthp.weights.Parameters.Memory;

import java.util.ArrayList;
import java.util.List;

/** Trains ICT: every weight of a CLIP model. */
public final class IctTrainerBuilder extends TrainerBuilder<IctTrainerBuilder> {

    private IctConfig config = IctConfig.paper();

    IctTrainerBuilder() {
        super("ict");
    }

    /**
     * Sets how ICT is trained.
     *
     * @param config loss, batches and optimiser; {@link IctConfig#paper} if this is not called
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
    IctTrainerBuilder self() {
        return this;
    }

    @Override
    RewardTrainer load() {
        BaseModel base = baseModel();
        List<Replica> replicas = new ArrayList<>();
        try {
            for (Device device : devices()) {
                replicas.add(
                        new IctReplica(
                                base.load(device, DType.FLOAT32, Memory.OWNED), device, compute()));
            }
            StepEngine engine = new StepEngine(replicas, new IctFeatureLoss(config.loss()), seed());
            StepTrainer steps =
                    new StepTrainer(
                            engine,
                            config.negativesAcrossAccumulation(),
                            config.optimizer(),
                            compute().type());
            return new RewardTrainer(steps, base, new IctFiles(base));
        } catch (RuntimeException | Error e) {
            replicas.forEach(Replica::close);
            throw e;
        }
    }
}
