package io.github.icthp.train.evaluation.geneval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Compares figures, their text and lines of results with the original's. */
class GenEvalSummaryParityTest {

    private static final double SAME = 1e-12;

    @TestFactory
    Stream<DynamicTest> everySummary() {
        return Golden.cases("geneval/summary", "cases.json").stream()
                .flatMap(
                        folder ->
                                Golden.parse(folder.resolve("cases.json"))
                                        .getAsJsonArray()
                                        .asList()
                                        .stream()
                                        .map(JsonElement::getAsJsonObject)
                                        .map(
                                                json ->
                                                        DynamicTest.dynamicTest(
                                                                json.get("name").getAsString(),
                                                                () -> check(folder, json))));
    }

    private static List<String> lines(Path file) {
        return new String(Golden.bytes(file), StandardCharsets.UTF_8).lines().toList();
    }

    private static void check(Path folder, JsonObject json) throws IOException {
        List<String> lines = lines(folder.resolve(json.get("file").getAsString()));
        List<GenEvalRow> rows = lines.stream().map(GenEvalRow::parse).toList();
        assertThat(rows.stream().map(GenEvalRow::toLine)).isEqualTo(lines);

        GenEvalSummary summary = GenEvalSummary.of(rows);
        assertThat(summary.toText()).isEqualTo(json.get("output").getAsString());
        assertThat(summary.images()).isEqualTo(json.get("images").getAsInt());
        assertThat(summary.prompts()).isEqualTo(json.get("prompts").getAsInt());
        assertThat((double) summary.correctImages() / summary.images())
                .isCloseTo(json.get("correct_images").getAsDouble(), within(SAME));
        assertThat((double) summary.correctPrompts() / summary.prompts())
                .isCloseTo(json.get("correct_prompts").getAsDouble(), within(SAME));
        assertThat(summary.overall()).isCloseTo(json.get("overall").getAsDouble(), within(SAME));
        checkTasks(summary, json.getAsJsonObject("tasks"));
    }

    private static void checkTasks(GenEvalSummary summary, JsonObject tasks) {
        assertThat(summary.tasks().keySet()).containsExactlyElementsOf(tasks.keySet());
        for (Map.Entry<String, GenEvalSummary.Task> task : summary.tasks().entrySet()) {
            JsonObject expected = tasks.getAsJsonObject(task.getKey());
            assertThat(task.getValue().correct()).isEqualTo(expected.get("correct").getAsInt());
            assertThat(task.getValue().images()).isEqualTo(expected.get("images").getAsInt());
            assertThat(task.getValue().score())
                    .isCloseTo(expected.get("score").getAsDouble(), within(SAME));
        }
    }
}
