package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.train.pickhigh.AnswerJson.Unreadable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerJsonTest {

    private static final String GOOD =
            "{\"reasoning\": \"r\", \"dropped\": [], \"refused\": false, \"refined\": \"a fox at"
                    + " dawn\"}";

    @Test
    void readsOneObjectAloneOrFenced() throws Unreadable {
        assertThat(AnswerJson.refined(GOOD)).isEqualTo("a fox at dawn");
        assertThat(AnswerJson.refined("\n" + GOOD + "\n ")).isEqualTo("a fox at dawn");
        assertThat(AnswerJson.refined("```json\n" + GOOD + "\n```")).isEqualTo("a fox at dawn");
        assertThat(AnswerJson.refined("```\n" + GOOD + "\n```")).isEqualTo("a fox at dawn");
        assertThat(AnswerJson.refined(GOOD.replace("false", "true"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a fox at dawn",
                "null",
                "[]",
                "<html><body>Bad gateway</body></html>",
                "Here you are: {\"reasoning\": \"r\", \"refused\": false, \"refined\": \"a\"}",
                "{\"reasoning\": \"r\", \"refused\": false, \"refined\": \"a\"} Enjoy!",
                "{\"reasoning\": \"r\", \"refused\": false, \"refined\": \"a fo",
                "{\"reasoning\": \"r\", \"refused\": false}",
                "{\"refused\": false, \"refined\": \"a\"}",
                "{\"reasoning\": \"r\", \"refused\": \"false\", \"refined\": \"a\"}",
                "{\"reasoning\": \"r\", \"refused\": false, \"refined\": 7}",
                "{\"reasoning\": \"r\", \"refused\": false, \"refined\": \" \"}",
                "{\"reasoning\": \"r\", \"refused\": false, \"refined\": \"a\\nb\"}",
                "{reasoning: \"r\", refused: false, refined: \"a\"}",
                "{\"reasoning\": \"r\", \"refused\": False, \"refined\": \"a\"}",
                "{\"reasoning\": \"r\", \"refused\": false, \"refined\": \"a\",}"
            })
    void readsNothingElse(String answer) {
        assertThatThrownBy(() -> AnswerJson.refined(answer)).isInstanceOf(Unreadable.class);
    }

    @Test
    void readsVerdicts() throws Unreadable {
        AnswerJson.Verdict verdict =
                AnswerJson.verdict(
                        "{\"reasoning\": \"r\", \"concepts_kept\": true, \"conflict_added\":"
                                + " false}");
        assertThat(verdict).isEqualTo(new AnswerJson.Verdict(true, false, "r"));
        assertThatThrownBy(() -> AnswerJson.verdict(GOOD)).hasMessageContaining("concepts_kept");
    }

    @Test
    void knowsRefusalsInWords() {
        assertThat(AnswerJson.refusesInWords("I'm sorry, but I can't.")).isTrue();
        assertThat(AnswerJson.refusesInWords(" I cannot create that prompt.")).isTrue();
        assertThat(AnswerJson.refusesInWords("I\u2019m unable to do so.")).isTrue();
        assertThat(AnswerJson.refusesInWords(GOOD)).isFalse();
        assertThat(AnswerJson.refusesInWords("Here is a prompt")).isFalse();
    }
}
