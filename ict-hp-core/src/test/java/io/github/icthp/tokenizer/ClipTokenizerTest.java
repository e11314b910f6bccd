package io.github.icthp.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** The tokenizer's settings, limits and errors. */
class ClipTokenizerTest {

    private static final long START = 49406;
    private static final long END = 49407;

    private static ClipTokenizer tokenizer;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        tokenizer = ClipTokenizer.bundled();
    }

    @AfterAll
    static void stop() {
        tokenizer.close();
    }

    @Test
    void encodesForATextTower() {
        TokenizedPrompts prompts = tokenizer.tokenize(List.of("A photo of a cat", ""));

        assertThat(prompts.size()).isEqualTo(2);
        assertThat(prompts.contextLength()).isEqualTo(77);
        assertThat(prompts.ids()[0]).startsWith(START, 320, 1125, 539, 320, 2368, END, END);
        assertThat(prompts.lengths()).containsExactly(7, 2);
        assertThat(prompts.flatIds()).hasSize(2 * 77).endsWith(END);
    }

    @Test
    void trimsToTheFurthestFirstEndToken() {
        TokenizedPrompts prompts =
                tokenizer.tokenize(List.of("cat", "cat<|endoftext|>dog dog dog", "a cat"));

        TokenizedPrompts trimmed = prompts.trimmed();

        assertThat(trimmed.endPositions()).containsExactly(2, 2, 3);
        assertThat(trimmed.ids())
                .isDeepEqualTo(
                        new long[][] {
                            {START, 2368, END, END},
                            {START, 2368, END, 1929},
                            {START, 320, 2368, END}
                        });
        assertThat(trimmed.lengths()).containsExactly(3, 4, 4);
        assertThat(prompts.unpadded().contextLength()).isEqualTo(7);
    }

    @Test
    void cuttingKeepsTheEndToken() {
        TokenizedPrompts prompts = tokenizer.tokenize(List.of("cat ".repeat(500)));

        assertThat(prompts.ids()[0]).hasSize(77).endsWith(2368, END);
        assertThat(tokenizer.tokenize(List.of("cat"), 2).ids()[0]).containsExactly(START, END);
    }

    @Test
    void nothingToEncodeIsAnEmptyBatch() {
        TokenizedPrompts none = tokenizer.tokenize(List.of());

        assertThat(none.trimmed().ids()).isEmpty();
        assertThat(none.contextLength()).isZero();
    }

    @Test
    void exclamationMarksAreIdZeroOnlyWhereTheyPad() {
        try (ClipTokenizer bang = ClipTokenizer.builder().padToken("!").build()) {
            assertThat(bang.encode("wow! cat")).containsExactly(START, 2781, 0, 2368, END);
            assertThat(bang.tokenize(List.of("cat"), 5).ids()[0])
                    .containsExactly(START, 2368, END, 0, 0);
        }
        assertThat(tokenizer.encode("wow! cat")).containsExactly(START, 2781, 256, 2368, END);
    }

    @Test
    void halfASurrogatePairIsAReplacementCharacter() {
        assertThat(tokenizer.encode("a\ud83d b")).isEqualTo(tokenizer.encode("a\ufffd b"));
    }

    @Test
    void openClipModeSplitsAsPythonsRegexIgnoringCase() {
        try (ClipTokenizer openClip = ClipTokenizer.builder().openClip(true).build()) {
            assertThat(openClip.isOpenClip()).isTrue();
            assertThat(openClip.padId()).isZero();
            assertThat(openClip.decode(openClip.encode("Don’t &amp; won’t")))
                    .isEqualTo("don 't & won 't");
            assertThat(openClip.encode("jazz\u0345 !\u0345!"))
                    .isEqualTo(openClip.encode("jazz ! !"));
        }
    }

    @Test
    void threadsShareOneTokenizer() {
        List<String> texts =
                IntStream.range(0, 200).mapToObj(i -> "prompt " + i + " é".repeat(i % 9)).toList();
        List<long[]> alone = texts.stream().map(tokenizer::encode).toList();

        List<long[]> together = texts.parallelStream().map(tokenizer::encode).toList();

        assertThat(together.toArray(long[][]::new)).isDeepEqualTo(alone.toArray(long[][]::new));
    }

    @Test
    void useAfterCloseIsAnError() {
        ClipTokenizer closed = ClipTokenizer.bundled();
        closed.close();
        closed.close();

        assertThatThrownBy(() -> closed.encode("cat")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> closed.decode(5)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void argumentsAreChecked() {
        assertThatThrownBy(() -> tokenizer.tokenize(List.of("cat"), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 1");
        assertThatThrownBy(() -> tokenizer.decode(49408))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0..49407, got 49408");
        assertThatThrownBy(() -> ClipTokenizer.builder().padToken("no such token").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no such token");
        assertThatThrownBy(() -> ClipTokenizer.builder().openClip(true).padToken("!").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("open_clip");
    }

    @Test
    void anEmptyFolderSaysWhatItNeeds() {
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("tokenizer.json, or vocab.json and merges.txt");
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        Files.writeString(folder.resolve("vocab.json"), "{\"a\":0, \"b</w>\":1, \"ab</w>\":2");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessageContaining("vocab.json");

        Files.writeString(folder.resolve("vocab.json"), "{\"a\":0, \"b</w>\":1}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessageContaining("merges.txt");

        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b</w>\n");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessageContaining("'a b</w>'");
    }

    @Test
    void anotherModelsTokenizerIsRefused() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]}}");

        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(TokenizerFormatException.class)
                .hasMessageContaining("end_of_word_suffix");
    }

    @Test
    void tokensBeyondTheVocabularyGetTheNextIds() throws IOException {
        Files.writeString(
                folder.resolve("vocab.json"),
                "{\"c\":0,\"a\":1,\"t\":2,\"c</w>\":3,\"a</w>\":4,\"t</w>\":5,\"ca\":6,"
                        + "\"<|startoftext|>\":7,\"<|endoftext|>\":8}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nc a\n");
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"model_max_length\":6,\"added_tokens_decoder\":{\"9\":{\"content\":\"<toy>\","
                        + "\"normalized\":true,\"special\":false}}}");

        try (ClipTokenizer small = ClipTokenizer.load(folder)) {
            assertThat(small.contextLength()).isEqualTo(6);
            assertThat(small.vocabularySize()).isEqualTo(10);
            assertThat(small.encode("cat <toy> cat")).containsExactly(7, 6, 5, 9, 6, 5, 8);
        }
    }
}
