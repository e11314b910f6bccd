package io.github.icthp.train.evaluation.geneval;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Compares verdicts, reasons, details and color questions with the original's. */
class GenEvalRulesParityTest {

    private static final String AREA = "geneval/rules";

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases(AREA, "cases.json").stream()
                .flatMap(folder -> cases(folder).stream())
                .map(json -> DynamicTest.dynamicTest(text(json, "name"), () -> check(json)));
    }

    private static List<JsonObject> cases(Path folder) {
        JsonArray all = Golden.parse(folder.resolve("cases.json")).getAsJsonArray();
        assertThat(all).isNotEmpty();
        return all.asList().stream().map(JsonElement::getAsJsonObject).toList();
    }

    private static String text(JsonObject json, String name) {
        return json.get(name).getAsString();
    }

    private static void check(JsonObject json) {
        GenEvalPrompt prompt = GenEvalPrompt.parse(json.get("metadata").toString());
        GenEvalSettings settings = settings(json.getAsJsonObject("options"));
        FoundObjects objects =
                FoundObjects.of(
                        detections(json.getAsJsonObject("detections")),
                        settings.thresholdOf(prompt),
                        settings);
        JsonArray calls = new JsonArray();
        JsonObject answers = json.getAsJsonObject("colour_answers");

        Verdict verdict =
                GenEvalRules.GENEVAL.judge(
                        prompt,
                        objects,
                        settings,
                        (name, asked) -> answer(name, asked, answers, calls));

        JsonObject expected = json.getAsJsonObject("expected");
        assertThat(verdict.correct()).isEqualTo(expected.get("correct").getAsBoolean());
        assertThat(verdict.score()).isEqualTo(verdict.correct() ? 1 : 0);
        assertThat(verdict.reason()).isEqualTo(text(expected, "reason"));
        assertThat(com.google.gson.JsonParser.parseString(Details.of(objects)))
                .isEqualTo(expected.get("details"));
        assertThat(calls).isEqualTo(expected.get("colour_calls"));
    }

    private static List<String> answer(
            String name, List<FoundObject> asked, JsonObject answers, JsonArray calls) {
        JsonObject call = new JsonObject();
        JsonArray indices = new JsonArray();
        JsonArray colors = new JsonArray();
        List<String> found = new ArrayList<>();
        for (FoundObject object : asked) {
            String color = answers.getAsJsonArray(name).get(object.index()).getAsString();
            indices.add(object.index());
            colors.add(color);
            found.add(color);
        }
        call.addProperty("class", name);
        call.add("objects", indices);
        call.add("answers", colors);
        calls.add(call);
        return found;
    }

    private static GenEvalSettings settings(JsonObject options) {
        GenEvalSettings published = GenEvalSettings.PUBLISHED;
        return new GenEvalSettings(
                number(options, "threshold", published.threshold()),
                number(options, "counting_threshold", published.countingThreshold()),
                (int) number(options, "max_objects", published.maxObjects()),
                number(options, "max_overlap", published.maxOverlap()),
                number(options, "position_threshold", published.positionThreshold()));
    }

    private static double number(JsonObject options, String name, double other) {
        return options.has(name) ? options.get(name).getAsDouble() : other;
    }

    /** In the order of the detector's classes, as a detector gives them. */
    private static Map<String, List<Detection>> detections(JsonObject json) {
        Map<String, List<Detection>> detections = new LinkedHashMap<>();
        for (JsonElement name :
                Golden.parse(Golden.facts(AREA + "/object_names.json")).getAsJsonArray()) {
            if (json.has(name.getAsString())) {
                detections.put(
                        name.getAsString(),
                        json.getAsJsonArray(name.getAsString()).asList().stream()
                                .map(box -> detection(box.getAsJsonArray()))
                                .toList());
            }
        }
        assertThat(detections).hasSize(json.size());
        return detections;
    }

    private static Detection detection(JsonArray box) {
        return new Detection(
                box.get(0).getAsFloat(),
                box.get(1).getAsFloat(),
                box.get(2).getAsFloat(),
                box.get(3).getAsFloat(),
                box.get(4).getAsFloat());
    }
}
