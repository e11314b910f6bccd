package io.github.icthp.diffusion.draft;

import com.google.common.hash.Hashing;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.training.RunRecord;
import io.github.icthp.training.WeightHashes;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the record of a run. */
final class DraftKRecord {

    private DraftKRecord() {}

    static RunRecord of(DraftKBuilder settings) {
        Map<String, String> weights = new TreeMap<>(settings.model().weightHashes());
        if (settings.initial() != null) {
            weights.put("initial adapter", WeightHashes.sha256(settings.initial()));
        }
        return of(settings, weights);
    }

    /** The record but for hashes of weights, which take long. */
    static RunRecord withoutWeights(DraftKBuilder settings) {
        return of(settings, Map.of());
    }

    private static RunRecord of(DraftKBuilder settings, Map<String, String> weights) {
        DraftKConfig config = settings.config();
        JsonObject json = new Gson().toJsonTree(config).getAsJsonObject();
        json.getAsJsonObject("sampling")
                .getAsJsonObject("unrolling")
                .addProperty("kind", config.sampling().unrolling().getClass().getSimpleName());
        json.addProperty("prompts", describe(settings.prompts()));
        json.addProperty("held_out", describe(settings.heldOut()));
        return RunRecord.of("draft-k", config.seed(), json, weights, settings.model().device());
    }

    private static String describe(List<String> prompts) {
        String all = String.join("\n", prompts);
        return prompts.size()
                + " prompts, SHA-256 "
                + Hashing.sha256().hashString(all, StandardCharsets.UTF_8);
    }
}
