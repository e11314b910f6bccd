package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class UnreadPromptsTest {

    private static UnreadPrompts of(String reader, int limit, String... prompts) {
        UnreadPrompts unread =
                new UnreadPrompts(reader, p -> Math.max(0, p.split(" ").length - limit));
        for (String prompt : prompts) {
            unread.look(prompt);
        }
        return unread;
    }

    @Test
    void saysNothingWhereAllIsRead() {
        assertThat(UnreadPrompts.notes(List.of(of("CLIP", 3, "a b c", "a"), of("ITM", 9))))
                .isEmpty();
    }

    @Test
    void countsAPromptOnce() {
        assertThat(UnreadPrompts.notes(List.of(of("CLIP", 3, "a b c d", "a", "a b c d"))))
                .containsExactly(
                        "CLIP does not read the end of a prompt, which is too long: the last 1"
                                + " tokens of 'a b c d' are in no score; shorten it");
    }

    @Test
    void tellsTheLongestAndJoinsModelsThatLeaveOutTheSame() {
        String[] prompts = {"a b c d", "a b c d e f " + "g".repeat(90), "b b b b"};
        assertThat(
                        UnreadPrompts.notes(
                                List.of(
                                        of("CLIP", 3, prompts),
                                        of("ITM", 5, prompts),
                                        of("ICT", 3, prompts))))
                .containsExactly(
                        "CLIP, ICT do not read the ends of 3 prompts, which are too long: the last"
                                + " 4 tokens of the longest, 'a b c d e f "
                                + "g".repeat(45)
                                + "...' are in no score; shorten them",
                        "ITM does not read the end of a prompt, which is too long: the last 2"
                                + " tokens of 'a b c d e f "
                                + "g".repeat(45)
                                + "...' are in no score; shorten it");
    }
}
