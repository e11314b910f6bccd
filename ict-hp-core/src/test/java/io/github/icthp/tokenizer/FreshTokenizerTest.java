package io.github.icthp.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

class FreshTokenizerTest {

    private static final List<String> WORDS =
            List.of("red", "green", "star", "stars", "square", "a", "stare");

    @TempDir private Path folder;

    @Test
    void everyWordIsOneToken() {
        int size = FreshTokenizer.write(WORDS, 12, folder);
        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(size);
            assertThat(tokenizer.contextLength()).isEqualTo(12);
            assertThat(tokenizer.endId()).isEqualTo(size - 1);
            long[] ids = tokenizer.encode("A green stare, red stars  square");
            assertThat(ids).hasSize(9);
            assertThat(tokenizer.decode(ids)).isEqualTo("a green stare , red stars square");
        }
    }

    @Test
    void anyOtherTextIsSpelled() {
        FreshTokenizer.write(WORDS, 12, folder);
        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder)) {
            assertThat(tokenizer.decode(tokenizer.encode("blue été 7"))).isEqualTo("blue été 7");
        }
    }

    @Test
    void theOrderOfWordsDoesNotMatter() {
        List<String> reversed = Arrays.asList(WORDS.toArray(new String[0]));
        Collections.reverse(reversed);
        assertThat(FreshTokenizer.merges(reversed)).isEqualTo(FreshTokenizer.merges(WORDS));
    }

    @Test
    void onlyPlainWordsAreTaken() {
        assertThatThrownBy(() -> FreshTokenizer.merges(List.of("rouge", "doré")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("doré");
    }
}
