package io.github.icthp.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Generation draw by draw, and the texts it gives. */
class GenerationParityTest {

    @TestFactory
    Stream<DynamicTest> everyCase() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : Golden.cases("prompt/generate")) {
            for (JsonElement json : Golden.parse(folder.resolve("cases.json")).getAsJsonArray()) {
                JsonObject row = json.getAsJsonObject();
                tests.add(
                        DynamicTest.dynamicTest(
                                row.get("name").getAsString(), () -> generation(folder, row)));
            }
            tests.add(DynamicTest.dynamicTest("published call", () -> published(folder)));
        }
        assertThat(tests).hasSizeGreaterThan(1);
        return tests.stream();
    }

    private static void generation(Path folder, JsonObject json) {
        String name = json.get("name").getAsString();
        JsonArray rows = json.getAsJsonArray("rows");
        try (Gpt2Model model = model(folder);
                Gpt2Tokenizer tokenizer = Gpt2Tokenizer.load(folder.resolve("model"));
                Expected values = Expected.open(folder.resolve("values.safetensors"))) {
            long[][] prompts =
                    rows.asList().stream()
                            .map(row -> row.getAsJsonObject().getAsJsonArray("prompt_ids"))
                            .map(Gpt2TokenizerParityTest::longs)
                            .toArray(long[][]::new);
            boolean sampled = values.names().contains(name + ".draws");
            Generated generated =
                    model.generate(
                            prompts,
                            decoding(json.getAsJsonObject("parameters")),
                            sampled
                                    ? withMore(doubles(values, name + ".draws", prompts.length))
                                    : new double[0][]);
            assertThat(generated.sequences()).isDeepEqualTo(values.rows(name + ".sequences"));
            for (int r = 0; r < prompts.length; r++) {
                check(tokenizer, generated, r, rows.get(r).getAsJsonObject());
            }
            Expected.assertClose(
                    name,
                    generated.lastLogits(),
                    values.floats(name + ".last_logits"),
                    tolerance(folder, name));
        }
    }

    private static void check(Gpt2Tokenizer tokenizer, Generated generated, int r, JsonObject row) {
        String prompt = row.get("prompt").getAsString();
        long[] start = Gpt2TokenizerParityTest.longs(row.getAsJsonArray("prompt_ids"));
        assertThat(tokenizer.encode(prompt)).isEqualTo(start);
        long[] added = generated.newTokens(r);
        assertThat(added).isEqualTo(Gpt2TokenizerParityTest.longs(row.getAsJsonArray("new_ids")));
        assertThat(prompt + tokenizer.decode(added, true)).isEqualTo(row.get("text").getAsString());
        assertThat(PromptExtender.text(tokenizer, prompt, start, added))
                .isEqualTo(row.get("text_4x").getAsString());
    }

    private static double tolerance(Path folder, String name) {
        return Golden.json(folder.resolve("case.json"))
                .getAsJsonObject("last_logits_tolerances")
                .getAsJsonObject(name)
                .get("suggested_abs_tolerance")
                .getAsDouble();
    }

    private static Decoding decoding(JsonObject json) {
        return new Decoding(
                json.get("do_sample").getAsBoolean(),
                json.get("temperature").getAsDouble(),
                json.get("top_k").getAsInt(),
                json.get("top_p").getAsDouble(),
                json.get("repetition_penalty").getAsDouble(),
                json.get("no_repeat_ngram_size").getAsInt(),
                json.get("min_length").getAsInt(),
                integer(json, "max_length"),
                integer(json, "max_new_tokens"));
    }

    private static int integer(JsonObject json, String name) {
        return json.has(name) && !json.get(name).isJsonNull() ? json.get(name).getAsInt() : 0;
    }

    private static void published(Path folder) {
        JsonArray rows = Golden.parse(folder.resolve("pipeline.json")).getAsJsonArray();
        assertThat(rows).isNotEmpty();
        try (Gpt2Model model = model(folder);
                Gpt2Tokenizer tokenizer = Gpt2Tokenizer.load(folder.resolve("model"))) {
            for (JsonElement json : rows) {
                JsonObject row = json.getAsJsonObject();
                String asked = row.get("asked").getAsString();
                long[] start = tokenizer.encode(asked);
                double[] draws =
                        row.getAsJsonArray("draws").asList().stream()
                                .mapToDouble(JsonElement::getAsDouble)
                                .toArray();
                Generated generated =
                        model.generate(
                                new long[][] {start},
                                Decoding.promptExtend(),
                                withMore(
                                        Arrays.stream(draws)
                                                .mapToObj(u -> new double[] {u})
                                                .toArray(double[][]::new)));
                assertThat(generated.sequences()[0])
                        .isEqualTo(Gpt2TokenizerParityTest.longs(row.getAsJsonArray("sequence")));
                assertThat(PromptExtender.text(tokenizer, asked, start, generated.newTokens(0)))
                        .isEqualTo(row.get("generated_text_4x").getAsString());
            }
        }
    }

    /** Draws for steps that a batch that has ended does not take. */
    private static double[][] withMore(double[][] draws) {
        double[][] more = Arrays.copyOf(draws, 64);
        for (int s = draws.length; s < more.length; s++) {
            more[s] = new double[draws[0].length];
        }
        return more;
    }

    private static double[][] doubles(Expected values, String name, int rows) {
        double[] flat =
                io.github.icthp.torch.TensorScope.call(
                        ai.djl.Device.cpu(), () -> values.get(name).toDoubleArray());
        double[][] draws = new double[flat.length / rows][];
        Arrays.setAll(draws, s -> Arrays.copyOfRange(flat, s * rows, (s + 1) * rows));
        return draws;
    }

    private static Gpt2Model model(Path folder) {
        return Gpt2Model.load(folder.resolve("model"), Devices.tested(), DType.FLOAT32);
    }
}
