package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

class PromptOrderTest {

    private static final List<String> PROMPTS =
            IntStream.range(0, 10).mapToObj(i -> "prompt " + i).toList();

    @Test
    void everyPassHasEveryPromptInAnotherOrder() {
        PromptOrder order = new PromptOrder(PROMPTS, 1);
        List<String> first = prompts(order.pictures(0, 10));
        List<String> second = prompts(order.pictures(10, 10));
        assertThat(first).containsExactlyInAnyOrderElementsOf(PROMPTS).isNotEqualTo(second);
        assertThat(second).containsExactlyInAnyOrderElementsOf(PROMPTS);
    }

    @Test
    void dependsOnTheNumberAlone() {
        List<Picture> whole = new PromptOrder(PROMPTS, 1).pictures(0, 30);
        PromptOrder other = new PromptOrder(PROMPTS, 1);
        List<Picture> pieces = new ArrayList<>(other.pictures(17, 13));
        pieces.addAll(0, other.pictures(0, 17));
        assertThat(pieces).isEqualTo(whole);
        assertThat(new PromptOrder(PROMPTS, 2).pictures(0, 30)).isNotEqualTo(whole);
        assertThat(new HashSet<>(whole.stream().map(Picture::seed).toList())).hasSize(30);
    }

    @Test
    void refusesNoPrompts() {
        assertThatThrownBy(() -> new PromptOrder(List.of(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got none");
    }

    private static List<String> prompts(List<Picture> pictures) {
        return pictures.stream().map(Picture::prompt).toList();
    }
}
