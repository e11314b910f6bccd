package io.github.icthp.tokenizer.cleaning;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Cleaning of prompts in open_clip mode, against what ftfy and html.unescape made of them. */
class PromptCleanerTest {

    /** Texts and expectations written by make_cleaned_prompts.py, beside the file. */
    static List<JsonObject> hardTexts() {
        InputStream in = PromptCleanerTest.class.getResourceAsStream("cleaned-prompts.jsonl");
        BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8));
        return reader.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    @ParameterizedTest
    @MethodSource("hardTexts")
    void equalsThePythonOriginals(JsonObject json) {
        String text = json.get("text").getAsString();

        assertThat(PromptRepair.fixText(text)).isEqualTo(json.get("fixed").getAsString());
        assertThat(PromptCleaner.clean(text)).isEqualTo(json.get("clean").getAsString());
    }

    @ParameterizedTest
    @CsvSource({
        "a plain prompt, a plain prompt",
        "âœ” No problems, ✔ no problems",
        "fish &amp;amp; chips, fish & chips",
        "P&EACUTE;REZ, pérez",
        "LOUD　ＮＯＩＳＥ, loud noise",
        "ﬂuﬃeﬆ, fluffiest",
        "voilÃ\u00a0 le travail, voilà le travail",
    })
    void repairsWhatPeoplePaste(String text, String expected) {
        assertThat(PromptCleaner.clean(text)).isEqualTo(expected);
    }

    @Test
    void replacesHalfASurrogatePair() {
        assertThat(PromptCleaner.clean("a\ud83dz")).isEqualTo("a\ufffdz");
        assertThat(PromptCleaner.clean("a\udca9\ud83d")).isEqualTo("a\ufffd\ufffd");
    }

    @Test
    void specialTokensAreCutOutOnlyWhereTheyAreTokens() {
        assertThat(PromptCleaner.pieces("x<start_of_text>y"))
                .containsExactly("x", "<start_of_text>", "y");
        assertThat(PromptCleaner.pieces("!<end_of_text>")).containsExactly("!<end_of_text>");
    }

    @Test
    @Timeout(20)
    void longGarbledTextNeitherOverflowsNorHangs() {
        String garbled = "â€œÃ©&#8364;ＡΣ".repeat(5_000);

        String clean = PromptCleaner.clean(garbled);

        assertThat(clean.length()).isEqualTo(5 * 5_000);
        assertThat(clean.substring(0, 10)).isEqualTo("\"é€aς\"é€aς");
    }
}
