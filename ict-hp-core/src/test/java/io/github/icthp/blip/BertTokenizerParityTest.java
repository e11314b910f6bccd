package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Compares the tokenizer, from either kind of file, with transformers' text by text. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BertTokenizerParityTest {

    private static final String AREA = "scorers/bert_tokenizer";

    private final JsonObject expected = Golden.json(Golden.area(AREA).resolve("expected.json"));
    private final Map<String, BertTokenizer> full = new LinkedHashMap<>();
    private final Map<String, BertTokenizer> small = new LinkedHashMap<>();

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        byte[] json = Golden.bytes(Golden.facts(AREA + "/tokenizer.json"));
        Path whole = Files.write(temporary.resolve("tokenizer.json"), json);
        full.put("tokenizer.json", BertTokenizer.load(temporary));
        full.put("vocab.txt", BertTokenizer.load(vocabulary(whole, temporary)));
        Path folder = Golden.area(AREA).resolve("small");
        small.put("tokenizer.json", BertTokenizer.load(folder));
        small.put("vocab.txt", BertTokenizer.load(folder.resolve("vocab.txt")));
    }

    /** Writes the tokens as bert-base-uncased's own file has them: a line each, by their ids. */
    private static Path vocabulary(Path json, Path folder) throws IOException {
        JsonObject ids = Golden.json(json).getAsJsonObject("model").getAsJsonObject("vocab");
        String[] lines = new String[ids.size()];
        ids.entrySet().forEach(entry -> lines[entry.getValue().getAsInt()] = entry.getKey());
        Path file = folder.resolve("vocab.txt");
        return Files.writeString(file, String.join("\n", lines) + "\n", StandardCharsets.UTF_8);
    }

    @AfterAll
    void stop() {
        Stream.of(full, small).forEach(all -> all.values().forEach(BertTokenizer::close));
    }

    @TestFactory
    Stream<DynamicTest> everyText() {
        List<JsonElement> texts = expected.getAsJsonArray("texts").asList();
        assertThat(texts).isNotEmpty();
        return texts.stream()
                .map(JsonElement::getAsJsonObject)
                .map(
                        json ->
                                DynamicTest.dynamicTest(
                                        json.get("category") + " " + json.get("text"),
                                        () -> check(json)));
    }

    private void check(JsonObject json) {
        String text = json.get("text").getAsString();
        int length = expected.get("max_length").getAsInt();
        long[] whole = longs(json.get("full"));
        full.forEach(
                (kind, tokenizer) -> {
                    assertThat(tokenizer.encode(text)).as(kind).isEqualTo(whole);
                    BertTokens tokens = tokenizer.tokenize(List.of(text), length);
                    assertThat(tokens.ids()[0]).as(kind).isEqualTo(longs(json.get("ids")));
                    assertThat(tokens.length(0)).isEqualTo(json.get("length").getAsInt());
                    assertThat(tokens.untruncatedLength(0)).isEqualTo(whole.length);
                });
        small.forEach(
                (kind, tokenizer) -> {
                    BertTokens tokens = tokenizer.tokenize(List.of(text), length);
                    assertThat(tokens.ids()[0]).as(kind).isEqualTo(longs(json.get("small_ids")));
                });
    }

    @TestFactory
    Stream<DynamicTest> numbersOfTheTokens() {
        JsonObject cut = expected.getAsJsonObject("small");
        int size = expected.get("with_added_tokens").getAsInt();
        return Stream.of(
                DynamicTest.dynamicTest("full", () -> checkNumbers(full, expected, size)),
                DynamicTest.dynamicTest(
                        "small", () -> checkNumbers(small, cut, cut.get("size").getAsInt() + 2)));
    }

    private static void checkNumbers(
            Map<String, BertTokenizer> tokenizers, JsonObject numbers, int size) {
        tokenizers.forEach(
                (kind, tokenizer) -> {
                    assertThat(tokenizer.vocabularySize()).as(kind).isEqualTo(size);
                    assertThat(tokenizer.id("[DEC]"))
                            .isEqualTo(numbers.get("dec_token_id").getAsLong());
                    assertThat(tokenizer.id("[ENC]"))
                            .isEqualTo(numbers.get("enc_token_id").getAsLong());
                    for (String token : List.of("pad", "unk", "cls", "sep", "mask")) {
                        String own = "[" + token.toUpperCase(java.util.Locale.ROOT) + "]";
                        assertThat(tokenizer.id(own))
                                .as(token)
                                .isEqualTo(numbers.get(token).getAsLong());
                    }
                });
    }

    private static long[] longs(JsonElement array) {
        return array.getAsJsonArray().asList().stream().mapToLong(JsonElement::getAsLong).toArray();
    }
}
