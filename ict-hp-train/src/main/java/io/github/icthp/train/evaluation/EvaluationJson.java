package io.github.icthp.train.evaluation;

import com.google.common.primitives.ImmutableLongArray;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

/** Writes a result as JSON; docs/evaluation.md describes it. */
final class EvaluationJson {

    private static final String SCHEMA = "ict-hp evaluation 1";

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private EvaluationJson() {}

    static String write(EvaluationResult result) {
        JsonObject json = new JsonObject();
        json.addProperty("schema", SCHEMA);
        json.addProperty("data", result.data());
        json.addProperty("fingerprint", result.fingerprint());
        json.addProperty("triplets", result.triplets());
        json.addProperty("skipped", result.skipped());
        json.addProperty("resamples", result.resamples());
        json.addProperty("seed", result.seed());
        JsonArray rewards = new JsonArray();
        result.rewards().forEach(reward -> rewards.add(reward(reward)));
        json.add("rewards", rewards);
        JsonObject models = new JsonObject();
        result.provenance().forEach((name, made) -> models.add(name, GSON.toJsonTree(made)));
        json.add("models", models);
        json.add("notes", GSON.toJsonTree(result.notes()));
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject reward(RewardResult reward) {
        JsonObject json = new JsonObject();
        json.addProperty("name", reward.name());
        json.add("accuracy", accuracies(reward.easy()));
        reward.refined().ifPresent(found -> json.add("accuracy_refined_prompt", accuracies(found)));
        reward.labels().ifPresent(error -> json.add("label_error", GSON.toJsonTree(error)));
        JsonArray scores = new JsonArray();
        reward.ranks().forEach(rank -> scores.add(GSON.toJsonTree(rank)));
        json.add("scores", scores);
        json.add("histogram", histogram(reward.histogram()));
        return json;
    }

    private static JsonObject accuracies(PairAccuracies found) {
        JsonObject json = new JsonObject();
        for (Pair pair : Pair.values()) {
            json.add(pair.label(), GSON.toJsonTree(found.of(pair)));
        }
        json.add("mean", GSON.toJsonTree(found.mean()));
        return json;
    }

    private static JsonObject histogram(ScoreHistogram histogram) {
        JsonObject json = new JsonObject();
        json.addProperty("low", histogram.low());
        json.addProperty("high", histogram.high());
        JsonArray ranks = new JsonArray();
        for (ImmutableLongArray counts : histogram.counts()) {
            JsonArray bins = new JsonArray();
            counts.forEach(count -> bins.add(count));
            ranks.add(bins);
        }
        json.add("counts", ranks);
        return json;
    }
}
