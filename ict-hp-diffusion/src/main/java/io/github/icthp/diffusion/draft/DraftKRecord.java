package io.github.icthp.diffusion.draft;

import com.google.common.hash.Hashing;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.WeightedReward;
import io.github.icthp.training.RunRecord;
import io.github.icthp.training.WeightHashes;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the record of a run. */
final class DraftKRecord {

    private static final Gson GSON = new Gson();

    private DraftKRecord() {}

    static RunRecord of(DraftKBuilder settings) {
        Map<String, String> weights = new TreeMap<>(settings.model().weightHashes());
        if (settings.initial() != null) {
            weights.put("initial adapter", WeightHashes.sha256(settings.initial()));
        }
        settings.rewardFiles()
                .forEach((role, file) -> weights.put("reward " + role, WeightHashes.sha256(file)));
        return of(settings, weights);
    }

    /** The record but for hashes of weights, which take long. */
    static RunRecord withoutWeights(DraftKBuilder settings) {
        return of(settings, Map.of());
    }

    private static RunRecord of(DraftKBuilder settings, Map<String, String> weights) {
        DraftKConfig config = settings.config();
        JsonObject json = RunRecord.settings(config);
        json.getAsJsonObject("sampling")
                .getAsJsonObject("unrolling")
                .addProperty("kind", config.sampling().unrolling().getClass().getSimpleName());
        json.addProperty("evaluateEvery", settings.options().evaluateEvery());
        json.addProperty("patience", settings.options().patience());
        settings.namedReward().ifPresent(reward -> json.add("reward", describe(reward)));
        settings.namedJudge().ifPresent(judge -> json.add("held_out_reward", describe(judge)));
        json.addProperty("prompts", describe(settings.prompts()));
        json.addProperty("held_out", describe(settings.heldOut()));
        RunRecord record =
                RunRecord.of("draft-k", config.seed(), json, weights, settings.model().device());
        return new RunRecord(
                        record.kind(),
                        record.seed(),
                        record.config(),
                        record.weights(),
                        record.versions(),
                        record.device() + places(settings),
                        record.assumptions())
                .withAssumptions(settings.assumptions());
    }

    /** Where rollouts are computed, which no resumed run need share. */
    private static String places(DraftKBuilder settings) {
        if (settings.engine().isPresent()) {
            return "; rollouts by " + settings.engine().get();
        }
        return settings.otherDevices().isEmpty()
                ? ""
                : "; rollouts also on " + settings.otherDevices();
    }

    /** The terms by name: a sum of others is another run. */
    private static JsonObject describe(WeightedReward sum) {
        JsonObject terms = new JsonObject();
        sum.weights()
                .forEach(
                        (name, weight) -> {
                            JsonObject term = new JsonObject();
                            term.addProperty("weight", weight);
                            terms.add(name, term);
                        });
        sum.standardizations()
                .forEach(
                        (name, s) ->
                                terms.getAsJsonObject(name).add("standard", GSON.toJsonTree(s)));
        return terms;
    }

    private static String describe(List<String> prompts) {
        String all = String.join("\n", prompts);
        return prompts.size()
                + " prompts, SHA-256 "
                + Hashing.sha256().hashString(all, StandardCharsets.UTF_8);
    }
}
