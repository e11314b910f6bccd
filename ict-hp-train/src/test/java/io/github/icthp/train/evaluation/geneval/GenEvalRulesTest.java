package io.github.icthp.train.evaluation.geneval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class GenEvalRulesTest {

    private static final ColorAnswers RED =
            (name, objects) -> objects.stream().map(object -> "red").toList();

    private static Map<String, List<Detection>> found(Object... pairs) {
        Map<String, List<Detection>> found = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            int count = (int) pairs[i + 1];
            float column = 100f * i;
            found.put(
                    (String) pairs[i],
                    IntStream.range(0, count)
                            .mapToObj(n -> new Detection(column, 0, column + 20, 20, 0.95f))
                            .toList());
        }
        return found;
    }

    private static Verdict partial(String prompt, Map<String, List<Detection>> found) {
        return GenEvalRules.FLOW_GRPO.judge(
                GenEvalPrompt.parse(prompt), found, GenEvalSettings.PUBLISHED, RED);
    }

    private static String counting(int count) {
        return "{\"tag\":\"counting\",\"include\":[{\"class\":\"cup\",\"count\":"
                + count
                + "}],\"exclude\":[{\"class\":\"cup\",\"count\":"
                + (count + 1)
                + "}],\"prompt\":\"cups\"}";
    }

    @ParameterizedTest
    @CsvSource({
        "3, 3, 1, ''",
        "3, 2, 0.6666666666666667, 'expected cup==3, found 2'",
        "2, 5, -0.5, 'expected cup==2, found 5'",
        "4, 0, 0, 'expected cup==4, found 0'"
    })
    void partialCreditCountsExactly(int asked, int there, double score, String reason) {
        Verdict verdict = partial(counting(asked), found("cup", there));
        assertThat(verdict.score()).isCloseTo(score, within(1e-12));
        assertThat(verdict.reason()).isEqualTo(reason);
        assertThat(verdict.correct()).isEqualTo(reason.isEmpty());
    }

    @Test
    void partialCreditGivesColorsTheirShare() {
        String prompt =
                "{\"tag\":\"color_attr\",\"include\":[{\"class\":\"cup\",\"count\":1,\"color\":"
                        + "\"red\"},{\"class\":\"dog\",\"count\":1,\"color\":\"blue\"}],"
                        + "\"prompt\":\"a red cup and a blue dog\"}";
        Verdict verdict = partial(prompt, found("cup", 1, "dog", 1));
        assertThat(verdict.score()).isEqualTo(0.75);
        assertThat(verdict.reason()).isEqualTo("expected blue dog>=1, found 0 blue; and 1 red");
        assertThat(partial(prompt, found("cup", 1)).score()).isEqualTo(0.5);
    }

    @Test
    void partialCreditOfPositionsIsAsReleased() {
        String prompt =
                "{\"tag\":\"position\",\"include\":[{\"class\":\"cup\",\"count\":1},{\"class\":"
                        + "\"dog\",\"count\":1,\"position\":[\"left of\",0]}],\"prompt\":\"p\"}";
        Verdict wrong = partial(prompt, found("cup", 1, "dog", 1));
        assertThat(wrong.reason()).isEqualTo("expected dog left of target, found right of target");
        assertThat(wrong.score()).isEqualTo(0.75);
        assertThat(partial(prompt, found("dog", 1)).score()).isCloseTo(1 / 3., within(1e-12));
        assertThat(partial(prompt, found("cup", 1)).score()).isCloseTo(1 / 3., within(1e-12));
    }

    @Test
    void partialCreditNeedsACount() {
        assertThatThrownBy(() -> partial(counting(0), found()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0 of cup");
    }

    @Test
    void rulesHaveNames() {
        assertThat(GenEvalRules.of("flow_grpo")).isEqualTo(GenEvalRules.FLOW_GRPO);
        assertThatThrownBy(() -> GenEvalRules.of("strict"))
                .hasMessageContaining("geneval, flow_grpo")
                .hasMessageContaining("'strict'");
    }

    @Test
    void anExclusionOfNothingIsAlwaysBroken() {
        GenEvalPrompt prompt =
                GenEvalPrompt.parse(
                        "{\"tag\":\"t\",\"prompt\":\"p\",\"exclude\":[{\"class\":\"cow\","
                                + "\"count\":0}]}");
        Verdict verdict =
                GenEvalRules.GENEVAL.judge(prompt, Map.of(), GenEvalSettings.PUBLISHED, RED);
        assertThat(verdict.reason()).isEqualTo("expected cow<0, found 0");
    }

    @Test
    void theBenchmarksPromptsShip() {
        List<GenEvalPrompt> prompts = GenEvalPrompt.benchmark();
        assertThat(prompts).hasSize(553);
        Map<String, Long> tags =
                prompts.stream()
                        .collect(Collectors.groupingBy(GenEvalPrompt::tag, Collectors.counting()));
        assertThat(tags)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "single_object",
                                80L,
                                "two_object",
                                99L,
                                "counting",
                                80L,
                                "colors",
                                94L,
                                "position",
                                100L,
                                "color_attr",
                                100L));
        assertThat(prompts.get(0).json())
                .isEqualTo(
                        "{\"tag\": \"single_object\", \"include\": [{\"class\": \"bench\","
                                + " \"count\": 1}], \"prompt\": \"a photo of a bench\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{\"tag\":\"t\"}",
                "{\"prompt\":\"p\"}",
                "{\"tag\":\"t\",\"prompt\":\"p\",\"include\":[{\"class\":\"c\"}]}",
                "{\"tag\":\"t\",\"prompt\":\"p\",\"include\":[{\"class\":\"c\",\"count\":-1}]}",
                "{\"tag\":\"t\",\"prompt\":\"p\",\"include\":[{\"class\":\"c\",\"count\":1.5}]}",
                "{\"tag\":\"t\",\"prompt\":\"p\",\"include\":[{\"class\":\"c\",\"count\":1,"
                        + "\"position\":[\"above\",0]}]}",
                "{\"tag\":\"t\",\"prompt\":\"p\",\"include\":4}",
                "not json"
            })
    void damagedPromptsAreRefused(String line) {
        assertThatThrownBy(() -> GenEvalPrompt.parse(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("GenEvalPrompt: expected an object");
    }

    @ParameterizedTest
    @CsvSource({
        "0.30000001192092896, 0.30000001192092896", "70, 70.0", "1e-5, 1e-05", "2.5e-7, 2.5e-07",
        "0.0001, 0.0001", "1e15, 1000000000000000.0", "1e16, 1e+16", "-0.5, -0.5",
        "2e-323, 2e-323", "117.76946258544922, 117.76946258544922", "0, 0.0"
    })
    void numbersAreWrittenAsPythonDoes(double value, String text) {
        assertThat(PythonJson.number(value)).isEqualTo(text);
    }

    @Test
    void textIsWrittenAsPythonDoes() {
        String json = "{\"a\":[],\"b\":{},\"c\":\"é/\\u0001\\\"\",\"d\":[1,true,null]}";
        assertThat(PythonJson.dumps(JsonParser.parseString(json)))
                .isEqualTo(
                        "{\"a\": [], \"b\": {}, \"c\": \"\\u00e9/\\u0001\\\"\","
                                + " \"d\": [1, true, null]}");
    }
}
