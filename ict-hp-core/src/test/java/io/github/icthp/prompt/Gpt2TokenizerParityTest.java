package io.github.icthp.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Every text and every list of ids, by either kind of files. */
class Gpt2TokenizerParityTest {

    private static final List<String> OLD = List.of("vocab.json", "merges.txt");

    @TestFactory
    Stream<DynamicTest> everyText(@TempDir Path temporary) {
        return Golden.cases("prompt/bpe").stream()
                .flatMap(
                        folder ->
                                Stream.of(
                                        DynamicTest.dynamicTest(
                                                "tokenizer.json",
                                                () -> check(folder, folder.resolve("tokenizer"))),
                                        DynamicTest.dynamicTest(
                                                "vocab.json and merges.txt",
                                                () -> check(folder, old(folder, temporary)))));
    }

    private static Path old(Path folder, Path target) throws IOException {
        for (String name : OLD) {
            Files.write(
                    target.resolve(name), Golden.bytes(folder.resolve("tokenizer").resolve(name)));
        }
        return target;
    }

    private static void check(Path folder, Path files) {
        try (Gpt2Tokenizer tokenizer = Gpt2Tokenizer.load(files)) {
            List<JsonObject> texts = objects(folder.resolve("prompts.json"));
            assertThat(texts).isNotEmpty();
            texts.forEach(row -> text(tokenizer, row));
            List<JsonObject> ids = objects(folder.resolve("decode.json"));
            assertThat(ids).isNotEmpty();
            ids.forEach(row -> decoded(tokenizer, row));
        }
    }

    private static void text(Gpt2Tokenizer tokenizer, JsonObject row) {
        String text = row.get("text").getAsString();
        long[] ids = longs(row.getAsJsonArray("ids"));
        assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
        decoded(tokenizer, row);
        assertThat(Gpt2Tokenizer.cleaned(tokenizer.decode(ids, true)))
                .isEqualTo(row.get("decoded_cleaned").getAsString());
    }

    private static void decoded(Gpt2Tokenizer tokenizer, JsonObject row) {
        long[] ids = longs(row.getAsJsonArray("ids"));
        assertThat(tokenizer.decode(ids, false))
                .as(row.toString())
                .isEqualTo(row.get("decoded").getAsString());
        assertThat(tokenizer.decode(ids, true))
                .as(row.toString())
                .isEqualTo(row.get("decoded_skip_special").getAsString());
    }

    private static List<JsonObject> objects(Path file) {
        JsonElement rows = Golden.parse(file);
        return StreamSupport.stream(rows.getAsJsonArray().spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    static long[] longs(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToLong(JsonElement::getAsLong)
                .toArray();
    }
}
