package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.reward.HpHead;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.Seeds;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Trains HP: the latter half of a CLIP model's vision tower and a head; see {@link HpConfig}. */
public final class HpTrainerBuilder extends TrainerBuilder<HpTrainerBuilder> {

    private HpConfig config = HpConfig.paper();
    private @Nullable Path ict;
    private @Nullable Path head;

    HpTrainerBuilder() {
        super("hp");
    }

    /**
     * Sets how HP is trained.
     *
     * @param config loss, dropout, batches and optimizer; {@link HpConfig#paper} if this is not
     *     called
     * @return this
     */
    public HpTrainerBuilder config(HpConfig config) {
        this.config = config;
        return this;
    }

    /**
     * Sets a trained ICT, which stays fixed. Required with the joint term, not used without.
     *
     * @param weights a weights file, or a folder that holds one
     * @return this
     */
    public HpTrainerBuilder ict(Path weights) {
        this.ict = weights;
        return this;
    }

    /**
     * Sets a head to begin with; without one it is drawn from the released initial distribution.
     *
     * @param weights a weights file, or a folder that holds one
     * @return this
     */
    public HpTrainerBuilder head(Path weights) {
        this.head = weights;
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
    Map<String, Path> weights() {
        Map<String, Path> weights = super.weights();
        if (ict != null && config.loss().isJoint()) {
            weights.put("ict", ict);
        }
        if (head != null) {
            weights.put("head", head);
        }
        return weights;
    }

    @Override
    protected HpTrainerBuilder self() {
        return this;
    }

    @Override
    void missing(List<String> missing) {
        super.missing(missing);
        if (config.loss().isJoint() && ict == null) {
            missing.add("ict(path) with trained ICT weights for the joint term");
        }
    }

    @Override
    RewardTrainer load() {
        BaseModel base = baseModel();
        return join(
                device ->
                        new HpReplica(
                                base.loadVision(device, config.scope(), compute().type()),
                                fixedIct(device),
                                config.scope(),
                                compute()),
                replicas -> {
                    return new RewardTrainer(
                            new StepEngine(
                                    replicas,
                                    featureLoss(base),
                                    false,
                                    seed(),
                                    config.optimizer(),
                                    compute().type()),
                            base,
                            new HpFiles(base));
                });
    }

    private FeatureLoss featureLoss(BaseModel base) {
        NDManager memory = Torch.manager(devices().get(0));
        try {
            return new HpFeatureLoss(head(base, memory), memory, config.loss(), config.dropout());
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    private @Nullable ClipModel fixedIct(Device device) {
        return ict == null || !config.loss().isJoint()
                ? null
                : BaseModel.find(ict, Optional.empty(), architecture())
                        .load(device, compute().type(), Memory.MAPPED);
    }

    private HpHead head(BaseModel base, NDManager memory) {
        int features = base.config().projection();
        if (head == null) {
            return HpHead.fresh(
                    features, config.hiddenWidth(), Seeds.derive(seed(), 0, "head"), memory);
        }
        try (Weights weights = Weights.openModel(head)) {
            HpHead loaded = HpHead.load(weights, memory, DType.FLOAT32, Memory.OWNED);
            if (loaded.features() != features) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "Trainers.hp(): the head in %s takes features of width %d, the base gives %d",
                                head,
                                loaded.features(),
                                features));
            }
            return loaded;
        }
    }
}
