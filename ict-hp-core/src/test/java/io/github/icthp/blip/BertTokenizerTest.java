package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class BertTokenizerTest {

    private static final String WORDS = "[CLS]\n[PAD]\n[SEP]\n[MASK]\ncat\n##s\na\n[UNK]\n";

    @TempDir Path folder;

    private BertTokenizer of(String vocabulary) throws IOException {
        return BertTokenizer.load(Files.writeString(folder.resolve("vocab.txt"), vocabulary));
    }

    @Test
    void idsComeFromTheVocabulary() throws IOException {
        try (BertTokenizer tokenizer = of(WORDS)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(10);
            assertThat(tokenizer.id("[DEC]")).isEqualTo(8);
            assertThat(tokenizer.id("[ENC]")).isEqualTo(9);
            BertTokens tokens =
                    tokenizer.tokenize(List.of("A cats dog", "[ENC][MASK]a", "", "\uD800"), 6);
            assertThat(tokens.ids())
                    .isDeepEqualTo(
                            new long[][] {
                                {0, 6, 4, 5, 7, 2},
                                {0, 9, 3, 6, 2, 1},
                                {0, 2, 1, 1, 1, 1},
                                {0, 7, 2, 1, 1, 1}
                            });
            assertThat(tokens.longest()).isEqualTo(6);
            assertThat(tokens.select(1, 2).longest()).isEqualTo(5);
            assertThat(tokens.startingWith(9).ids()[0][0]).isEqualTo(9);
            assertThat(tokenizer.tokenize(List.of("cat cat cat"), 4).ids()[0])
                    .containsExactly(0, 4, 4, 2);
            assertThat(tokenizer.tokenize(List.of("cat cat cat"), 4).untruncatedLength(0))
                    .isEqualTo(5);
            assertThatThrownBy(() -> tokenizer.tokenize(List.of("a"), 1))
                    .hasMessageContaining("got 1");
            assertThatThrownBy(() -> tokenizer.id("zebra")).hasMessageContaining("zebra");
        }
    }

    @Test
    void tokensThatTheVocabularyHasAreNotAppendedAgain() throws IOException {
        try (BertTokenizer tokenizer = of("[ENC]\n" + WORDS + "[DEC]\n")) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(10);
            assertThat(tokenizer.encode("a[DEC]a [ENC]")).containsExactly(1, 7, 9, 7, 0, 3);
        }
    }

    @Test
    void caseIsKeptWhereTheModelKeepsIt() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
        try (BertTokenizer tokenizer = of(WORDS)) {
            assertThat(tokenizer.encode("A a")).containsExactly(0, 7, 6, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "not json",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"[PAD]\": 0}}}",
                "{\"model\": {\"vocab\": {\"[PAD]\": \"x\"}}}"
            })
    void whatIsNoBertTokenizerIsRefused(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> BertTokenizer.load(folder))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void anEmptyFolderIsRefusedWithWhatIsMissing() {
        assertThatThrownBy(() -> BertTokenizer.load(folder))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("vocab.txt")
                .hasMessageContaining(folder.toString());
    }

    @Test
    void aClosedTokenizerSaysSo() throws IOException {
        BertTokenizer tokenizer = of(WORDS);
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a")).isInstanceOf(IllegalStateException.class);
    }
}
