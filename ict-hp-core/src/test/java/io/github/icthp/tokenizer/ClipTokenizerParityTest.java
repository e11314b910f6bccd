package io.github.icthp.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Compares every flavour of the tokenizer with transformers and open_clip, prompt by prompt. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClipTokenizerParityTest {

    /** Flavours by the name of their ids in the golden files. */
    private final Map<String, List<ClipTokenizer>> flavours = new LinkedHashMap<>();

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        Path small = Golden.area("tokenizer").resolve("small");
        Path openai = Golden.unpack(openFolder("openai"), temporary.resolve("openai"));
        Path zero = Golden.unpack(openFolder("zero_pad"), temporary.resolve("zero_pad"));
        for (String file : List.of("vocab.json", "merges.txt")) {
            Files.copy(openai.resolve(file), zero.resolve(file));
        }
        ClipTokenizer.Builder openClip = ClipTokenizer.builder().openClip(true);
        flavours.put("hf", list(ClipTokenizer.bundled(), ClipTokenizer.load(openai)));
        flavours.put("hf_zero", list(ClipTokenizer.load(zero)));
        flavours.put("open_clip", list(openClip.build()));
        flavours.put("small", list(ClipTokenizer.load(small)));
        withoutTokenizerJson(openai);
        flavours.get("hf").add(ClipTokenizer.load(openai));
        flavours.get("open_clip").add(openClip.folder(openai).build());
        Path smallFiles = Golden.unpack(small, temporary.resolve("small"));
        flavours.get("small").add(ClipTokenizer.load(withoutTokenizerJson(smallFiles)));
    }

    /** Folders with the whole vocabulary come with the first set of cases only. */
    private static Path openFolder(String name) {
        return Golden.facts("tokenizer/" + name);
    }

    private static List<ClipTokenizer> list(ClipTokenizer... tokenizers) {
        return new ArrayList<>(List.of(tokenizers));
    }

    private static Path withoutTokenizerJson(Path folder) throws IOException {
        Files.delete(folder.resolve("tokenizer.json"));
        return folder;
    }

    @AfterAll
    void stop() {
        flavours.values().forEach(list -> list.forEach(ClipTokenizer::close));
    }

    @TestFactory
    Stream<DynamicTest> prompts() {
        byte[] lines = Golden.bytes(Golden.area("tokenizer").resolve("prompts/prompts.jsonl"));
        return new String(lines, StandardCharsets.UTF_8)
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .map(json -> DynamicTest.dynamicTest(name(json), () -> checkPrompt(json)));
    }

    private static String name(JsonObject json) {
        return json.get("i") + " " + json.get("category").getAsString();
    }

    private void checkPrompt(JsonObject json) {
        String text = json.get("text").getAsString();
        flavours.forEach(
                (flavour, tokenizers) -> {
                    JsonObject expected = json.getAsJsonObject(flavour);
                    for (ClipTokenizer tokenizer : tokenizers) {
                        checkPrompt(tokenizer, text, expected);
                    }
                });
    }

    private static void checkPrompt(ClipTokenizer tokenizer, String text, JsonObject expected) {
        long[] full = longs(expected.get("full"));
        assertThat(tokenizer.encode(text)).isEqualTo(full);
        if (expected.has("ids")) {
            TokenizedPrompts prompts = tokenizer.tokenize(List.of(text));
            assertThat(prompts.ids()[0]).isEqualTo(longs(expected.get("ids")));
            if (expected.has("mask")) {
                assertThat(prompts.attentionMask()[0]).isEqualTo(longs(expected.get("mask")));
            }
        }
        if (expected.has("decoded")) {
            assertThat(tokenizer.decode(full)).isEqualTo(expected.get("decoded").getAsString());
        }
    }

    @TestFactory
    Stream<DynamicTest> otherLengths() {
        JsonArray cases =
                Golden.parse(Golden.area("tokenizer").resolve("prompts/lengths.json"))
                        .getAsJsonArray();
        return StreamSupport.stream(cases.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(
                        json ->
                                DynamicTest.dynamicTest(
                                        json.get("max_length") + " " + json.get("text"),
                                        () -> checkLength(json)));
    }

    private void checkLength(JsonObject json) {
        List<String> text = List.of(json.get("text").getAsString());
        int length = json.get("max_length").getAsInt();
        flavours.forEach(
                (flavour, tokenizers) -> {
                    if (!json.has(flavour)) {
                        return;
                    }
                    for (ClipTokenizer tokenizer : tokenizers) {
                        TokenizedPrompts prompts = tokenizer.tokenize(text, length);
                        assertThat(prompts.ids()[0]).isEqualTo(longs(json.get(flavour)));
                        if (json.has(flavour + "_mask")) {
                            assertThat(prompts.attentionMask()[0])
                                    .isEqualTo(longs(json.get(flavour + "_mask")));
                        }
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> batchPaddedToItsLongest() {
        JsonObject batch =
                Golden.json(Golden.area("tokenizer").resolve("prompts/summary.json"))
                        .getAsJsonObject("longest_batch");
        List<String> texts =
                batch.getAsJsonArray("texts").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList();
        return flavours.get("hf").stream()
                .map(
                        tokenizer ->
                                DynamicTest.dynamicTest(
                                        "longest", () -> checkBatch(tokenizer, texts, batch)));
    }

    private static void checkBatch(
            ClipTokenizer tokenizer, List<String> texts, JsonObject expected) {
        TokenizedPrompts prompts = tokenizer.tokenize(texts).unpadded();
        assertThat(prompts.ids()).isDeepEqualTo(rows(expected.get("input_ids")));
        assertThat(prompts.attentionMask()).isDeepEqualTo(rows(expected.get("attention_mask")));
    }

    @TestFactory
    Stream<DynamicTest> numbersOfTheTokens() {
        JsonObject summary = Golden.json(Golden.area("tokenizer").resolve("prompts/summary.json"));
        JsonObject small = summary.getAsJsonObject("small");
        return Stream.of(
                DynamicTest.dynamicTest(
                        "bundled",
                        () -> checkNumbers(flavours.get("hf"), summary, 49407, "context")),
                DynamicTest.dynamicTest(
                        "small",
                        () ->
                                checkNumbers(
                                        flavours.get("small"),
                                        small,
                                        small.get("pad").getAsLong(),
                                        "max_length")));
    }

    private static void checkNumbers(
            List<ClipTokenizer> tokenizers, JsonObject expected, long pad, String length) {
        for (ClipTokenizer tokenizer : tokenizers) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(expected.get("vocab_size").getAsInt());
            assertThat(tokenizer.startId()).isEqualTo(expected.get("bos").getAsLong());
            assertThat(tokenizer.endId()).isEqualTo(expected.get("eos").getAsLong());
            assertThat(tokenizer.padId()).isEqualTo(pad);
            assertThat(tokenizer.contextLength()).isEqualTo(expected.get(length).getAsInt());
        }
    }

    private static long[] longs(JsonElement array) {
        return array.getAsJsonArray().asList().stream().mapToLong(JsonElement::getAsLong).toArray();
    }

    private static long[][] rows(JsonElement array) {
        return array.getAsJsonArray().asList().stream()
                .map(ClipTokenizerParityTest::longs)
                .toArray(long[][]::new);
    }
}
