package io.github.icthp.train;

import com.google.gson.JsonObject;

import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.training.RunOptions;
import io.github.icthp.training.RunRecord;
import io.github.icthp.training.WeightHashes;

import java.util.Map;
import java.util.TreeMap;

/** Makes the record of a run. */
final class TrainingRecord {

    /** Parts of the record's settings: the number of values in every part of the model. */
    static final String TRAINED = "trained";

    static final String FROZEN = "frozen";

    private TrainingRecord() {}

    static RunRecord of(TrainerBuilder<?> settings, RewardTrainer trainer) {
        JsonObject json = RunRecord.settings(settings.config());
        RunOptions options = settings.options();
        json.addProperty("precision", settings.compute().type().name());
        json.addProperty("checkpointing", settings.compute().checkpointing().name());
        json.addProperty("devices", settings.devices().size());
        json.addProperty("evaluateEvery", options.evaluateEvery());
        json.addProperty("patience", options.patience());
        json.addProperty("data", settings.data().fingerprint());
        json.addProperty(
                "validation",
                settings.validation().map(PreferenceDataset::fingerprint).orElse("none"));
        json.add(TRAINED, RunRecord.settings(ParameterParts.counts(trainer.trained())));
        json.add(FROZEN, RunRecord.settings(ParameterParts.counts(trainer.engine().frozen())));
        Map<String, String> weights = new TreeMap<>();
        settings.weights().forEach((role, path) -> weights.put(role, WeightHashes.sha256(path)));
        return RunRecord.of(
                        settings.kind(), settings.seed(), json, weights, settings.devices().get(0))
                .withAssumptions(Map.of("base", trainer.assumption()));
    }
}
