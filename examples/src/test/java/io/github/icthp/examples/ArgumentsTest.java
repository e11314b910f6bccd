package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.input.PromptFile;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.SamplePictures;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import javax.imageio.ImageIO;

/** Text on its way into the command line and out of it. */
class ArgumentsTest {

    private static final String PROMPT = "ein sch\u00f6ner Wagen \u65e5\u672c \ud83d\ude97";

    @TempDir static Path folder;

    private static String weights;
    private static String image;

    @BeforeAll
    static void drawAndMakeWeights() throws IOException {
        weights = SampleModel.write(folder.resolve("weights")).toString();
        ImageSource.Drawn drawn = (ImageSource.Drawn) SamplePictures.all().get(0).image();
        Path file = folder.resolve("a.png");
        ImageIO.write(drawn.picture().get(), "png", file.toFile());
        image = file.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ein sch\uFFFD\uFFFDner Wagen", "\uFFFD", "half \ud83d", "\ude97 half"})
    void refusesPromptsThatArriveDamaged(String prompt) {
        refused("score", "--ict", weights, "--prompt", prompt, image);
        refused("generate", "--model", weights, "--prompt=" + prompt, "--out", "x.png");
        refused("generate", "--model", weights, "--prompt", "a", "--negative", prompt);
    }

    @Test
    void refusesFileNamesThatArriveDamaged() {
        refused("score", "--ict", weights, "--prompt", "a", "imgs/b\uFFFDr.png");
        refused("score", "--ict", "gewichte \uFFFD", "--prompt", "a", image);
        refused("evaluate", "--data", "d\uFFFD", "--clip", weights);
    }

    private static void refused(String... args) {
        Ran ran = Ran.command(args);
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err())
                .contains("start with LC_ALL=C.UTF-8", "--pairs", "--prompts")
                .doesNotContain("Usage", "Unmatched");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void aPromptThatBeginsWithAnAtIsAPrompt() throws IOException {
        Path words = Files.writeString(folder.resolve("sunset"), "--json extra words");
        Path directory = Files.createDirectories(folder.resolve("sunrise"));
        for (String prompt : List.of("@sunset", "@" + words, "@" + directory, "@@ twice")) {
            Ran ran = Ran.command("score", "--ict", weights, "--prompt", prompt, "--json", image);
            assertThat(ran.exit()).as(ran.err()).isZero();
            assertThat(ran.json().get(0).get("prompt").getAsString()).isEqualTo(prompt);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"US-ASCII", "windows-1252", "ISO-8859-1", "UTF-8"})
    void jsonIsUtf8WhateverTheTerminalIs(String charset) throws IOException {
        Path pairs = folder.resolve("pairs.jsonl");
        Files.writeString(pairs, "{\"image\": \"a.png\", \"prompt\": \"" + PROMPT + "\"}\n");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, Charset.forName(charset)));
        try {
            CommandLine line = IctHp.terminal();
            String[] args = {"score", "--ict", weights, "--pairs", pairs.toString(), "--json"};
            assertThat(IctHp.execute(line, args)).isZero();
        } finally {
            System.setOut(before);
        }
        String written = bytes.toString(UTF_8);
        assertThat(JsonParser.parseString(written).getAsJsonObject().get("prompt").getAsString())
                .isEqualTo(PROMPT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"prompt\": \"a\"}", "[\"a\", \"b\"]", "[\n\"a\"\n]", "a\0 \0c\0a\0t\0"})
    void refusesTablesInPlaceOfPrompts(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("prompts.txt"), content);
        assertThatThrownBy(() -> PromptFile.read(file))
                .isInstanceOf(UnusableException.class)
                .hasMessageContaining("write one prompt a line");
        Path csv = Files.writeString(folder.resolve("prompts.csv"), "prompt\na cat\n");
        assertThatThrownBy(() -> PromptFile.read(csv)).hasMessageContaining("prompts.csv");
    }

    @Test
    void readsPromptsWithBracketsAndAts() throws IOException {
        Path file = folder.resolve("fine.txt");
        Files.writeString(file, "\uFEFF[sks] dog\r\n\n  @home  \n{cat}, \"quoted\n");
        assertThat(PromptFile.read(file)).containsExactly("[sks] dog", "@home", "{cat}, \"quoted");
    }
}
