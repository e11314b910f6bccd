package io.github.icthp.djl;

import ai.djl.BaseModel;
import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.translate.Translator;

import com.google.common.base.Preconditions;

import io.github.icthp.RewardModel;
import io.github.icthp.RewardPredictor;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A reward model as a DJL {@code Model}; see {@link RewardEngine}. */
final class ScoringModel extends BaseModel {

    private final Device device;
    private @Nullable RewardModel reward;

    ScoringModel(String name, Device device) {
        super(name);
        this.device = device;
        this.manager = Torch.manager(device);
        this.manager.setName("ict-hp");
    }

    /** Builds the reward model from the path and from the properties, which DJL's arguments are. */
    @Override
    public void load(Path modelPath, @Nullable String prefix, @Nullable Map<String, ?> options)
            throws MalformedModelException {
        Preconditions.checkState(reward == null, "%s: already loaded from %s", this, modelDir);
        modelDir = modelPath.toAbsolutePath();
        try {
            reward =
                    new RewardArguments(modelDir, getProperties()).builder().device(device).build();
        } catch (WeightsFormatException | WeightsMismatchException e) {
            throw new MalformedModelException(e.getMessage(), e);
        } finally {
            wasLoaded = reward != null;
            if (reward == null) {
                manager.close();
            }
        }
    }

    RewardModel reward() {
        return Optional.ofNullable(reward)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "Model " + modelName + ": not loaded; call load first"));
    }

    @Override
    public <I, O> Predictor<I, O> newPredictor(Translator<I, O> translator, Device on) {
        Preconditions.checkArgument(
                on.equals(device),
                "Model %s: runs on %s where it was loaded, got %s; load another with optDevice",
                modelName,
                device,
                on);
        return new RewardPredictor<>(this, translator);
    }

    @Override
    public void close() {
        try {
            if (reward != null) {
                reward.close();
            }
        } finally {
            super.close();
        }
    }
}
