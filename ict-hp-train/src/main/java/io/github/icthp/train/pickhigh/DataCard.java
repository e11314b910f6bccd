package io.github.icthp.train.pickhigh;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.RewardModel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What made a data set, for people ({@code README.md}) and programs ({@code dataset.json}). */
final class DataCard {

    /** Names the hash of the table of base prompts. */
    static final String SOURCE_HASH = "source_hash";

    /** Bins of CLIP(P_e, P_r), from -1 to 1. */
    static final int COSINE_BINS = 40;

    private final Map<String, Object> made;
    private final BasePrompts.Counts counts;
    private final BuildTally tally;
    private final Outcome outcome;
    private final BuildSettings settings;

    DataCard(
            Map<String, Object> made,
            BasePrompts.Counts counts,
            BuildTally tally,
            Outcome outcome,
            BuildSettings settings) {
        this.made = made;
        this.counts = counts;
        this.tally = tally;
        this.outcome = outcome;
        this.settings = settings;
    }

    /**
     * What the last step gave.
     *
     * @param triplets how many there are
     * @param theta θ of the labels
     * @param tables the tables' hashes by name
     * @param cosines counts of CLIP(P_e, P_r)
     */
    record Outcome(
            long triplets, OptionalDouble theta, Map<String, String> tables, List<Long> cosines) {}

    /** Everything that decides what is made, by name. */
    static Map<String, Object> settings(BuildSettings from) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("source", from.source.getFileName().toString());
        try {
            all.put(
                    SOURCE_HASH,
                    "sha256:" + MoreFiles.asByteSource(from.source).hash(Hashing.sha256()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the base prompts " + from.source, e);
        }
        Templates templates = new Templates(from.templates);
        all.put("sample", from.sample == 0 ? "all" : from.sample);
        all.put("longest_base_prompt", from.longest);
        all.put("seed", from.seed);
        all.put("extension", from.extensionName);
        all.put("language_model", from.languageModel.map(LanguageModel::name).orElse("none"));
        Templates.NAMES.forEach(name -> all.put(name, "sha256:" + templates.fingerprint(name)));
        all.put(WordList.NAME, "sha256:" + WordList.of(from.templates).fingerprint());
        all.put("verification", from.languageModel.isPresent() && from.verify);
        all.put("renderer", from.renderer.map(PromptRenderer::description).orElse("none"));
        all.put("labels", from.clipName);
        all.put("validation_share", from.validation);
        all.put("part", from.part);
        String version = RewardModel.class.getPackage().getImplementationVersion();
        all.put("ict_hp", version == null ? "development" : version);
        return all;
    }

    static boolean isWhole(Path card) {
        return Files.exists(card);
    }

    /** Reads the outcome back from a card, so that a finished build is not made again. */
    static Outcome read(Path card) throws IOException {
        JsonObject json =
                JsonParser.parseString(Files.readString(card))
                        .getAsJsonObject()
                        .getAsJsonObject("outcome");
        Map<String, String> tables = new LinkedHashMap<>();
        json.getAsJsonObject("tables")
                .entrySet()
                .forEach(entry -> tables.put(entry.getKey(), entry.getValue().getAsString()));
        List<Long> cosines = new ArrayList<>();
        for (JsonElement count : json.getAsJsonArray("clip_of_prompts")) {
            cosines.add(count.getAsLong());
        }
        return new Outcome(
                json.get("triplets").getAsLong(),
                json.has("theta")
                        ? OptionalDouble.of(json.get("theta").getAsDouble())
                        : OptionalDouble.empty(),
                tables,
                cosines);
    }

    Map<String, Long> removals() {
        Map<String, Long> removals = new LinkedHashMap<>();
        tally.removals.forEach((kind, count) -> removals.put(kind.words(), count));
        return removals;
    }

    String json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("format", "ict-hp pick-high 1");
        all.put("made_with", made);
        all.put("source_rows", counts);
        all.put("removed", removals());
        all.put("input_tokens", tally.inputTokens);
        all.put("output_tokens", tally.outputTokens);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("triplets", outcome.triplets());
        outcome.theta().ifPresent(theta -> result.put("theta", theta));
        result.put("tables", outcome.tables());
        result.put("clip_of_prompts", outcome.cosines());
        all.put("outcome", result);
        return BuildFolder.PRETTY.toJson(all) + "\n";
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        line(text, "# Preference triplets, built as Pick-High was");
        line(text, "");
        line(
                text,
                "%d triplets of %d base prompts: for each prompt a rejected and a preferred picture"
                        + " of the source, and a picture of the refined prompt. Made by ict-hp's"
                        + " `build-dataset` after appendix A.1 of \"Enhancing Reward Models for"
                        + " High-quality Image Generation\".",
                outcome.triplets(),
                counts.taken);
        line(text, "");
        line(text, "## Files");
        line(text, "");
        line(
                text,
                "- `Pick-High/*.parquet`: prompts, file names%s",
                outcome.theta().isPresent()
                        ? String.format(
                                Locale.ROOT,
                                ", ICT labels (θ = %.6f)",
                                outcome.theta().getAsDouble())
                        : "; not labeled");
        line(text, "- `pick_easy_img/`: rejected (`_0`) and preferred (`_1`) pictures");
        line(text, "- `pick_refine_img/`: pictures of the refined prompts");
        line(text, "- `report.html`: samples, reasons of removal, lengths");
        line(text, "- `work/`: the build's state, which may be deleted once it is done");
        line(text, "");
        line(text, "## Made with");
        line(text, "");
        made.forEach((name, value) -> line(text, "- %s: %s", name, value));
        line(text, "");
        line(text, "## Removed");
        line(text, "");
        removals()
                .forEach(
                        (reason, count) ->
                                line(
                                        text,
                                        "- %s: %d (%s)",
                                        reason,
                                        count,
                                        BuildOutput.percent(count, tally.rows)));
        line(text, "");
        line(
                text,
                "Tokens: %d read, %d written by the language model%s.",
                tally.inputTokens,
                tally.outputTokens,
                settings.inputPrice + settings.outputPrice == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", a cost of %.2f",
                                settings.cost(tally.inputTokens, tally.outputTokens)));
        line(text, "");
        line(
                text,
                "The pictures and prompts of the source keep its license; the refined pictures and"
                        + " prompts are under the terms of the models that made them.");
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values))
                .append('\n');
    }
}
