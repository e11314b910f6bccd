package io.github.icthp.train.evaluation.table;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.train.evaluation.table.ScoreTableResult.Column;

import java.util.List;
import java.util.Optional;

/** Writes a result as JSON; docs/score-table.md describes it. */
final class TableJson {

    private static final String SCHEMA = "ict-hp score table 1";

    private static final Gson GSON =
            new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                    .create();

    private TableJson() {}

    static String write(ScoreTableResult result, Optional<PublishedTable> published) {
        JsonObject json = new JsonObject();
        json.addProperty("schema", SCHEMA);
        json.addProperty("data", result.data());
        json.addProperty("rows", result.rows());
        json.addProperty("prompts", result.prompts());
        json.addProperty("failed", result.failed());
        json.addProperty("resamples", result.resamples());
        json.addProperty("seed", result.seed());
        JsonArray columns = new JsonArray();
        result.columns().forEach(column -> columns.add(column(column)));
        json.add("columns", columns);
        json.add("means", labeled(result.cells()));
        json.add("changes", labeled(result.changes()));
        json.add("wins", labeled(result.wins()));
        json.add("failures", labeled(result.failures()));
        json.add("notes", GSON.toJsonTree(result.notes()));
        published.ifPresent(table -> json.add("published", table.toJson()));
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject column(Column column) {
        JsonObject json = new JsonObject();
        json.addProperty("name", column.name());
        json.addProperty("reward", column.kind().name());
        json.addProperty("scale", column.kind().scale().text());
        json.addProperty("reads_prompt", column.kind().readsPrompt());
        json.add("made", GSON.toJsonTree(column.provenance()));
        return json;
    }

    /** Conditions appear under the names that manifests give them. */
    private static JsonArray labeled(List<?> records) {
        JsonArray all = GSON.toJsonTree(records).getAsJsonArray();
        all.forEach(
                one -> {
                    JsonObject json = one.getAsJsonObject();
                    if (json.has("condition")) {
                        json.addProperty(
                                "condition",
                                PromptCondition.valueOf(json.get("condition").getAsString())
                                        .label());
                    }
                });
        return all;
    }
}
