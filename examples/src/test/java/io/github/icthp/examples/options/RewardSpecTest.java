package io.github.icthp.examples.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.BuiltInRewards;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

class RewardSpecTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    pickscore=DIR | DIR |
                    pickscore=DIR:0.5 | DIR | 0.5
                    PickScore=DIR:-2 | DIR | -2
                    pickscore=DIR:1e-3 | DIR | 0.001
                    pickscore=DIR:.5 | DIR | 0.5
                    pickscore=C:\\models\\pick | C:\\models\\pick |
                    pickscore=C:\\models\\pick:0.25 | C:\\models\\pick | 0.25
                    pickscore=C:/x:y | C:/x:y |
                    pickscore=/models/run=3/best | /models/run=3/best |
                    pickscore=owner/name@main:3 | owner/name@main | 3
                    pickscore=weights=DIR:3 | DIR | 3
                    """)
    void readsALocationAndAWeightAfterTheLastColon(String text, String location, Double weight) {
        RewardSpec spec = RewardSpec.parse(text);
        assertThat(spec.name()).isEqualTo("pickscore");
        assertThat(spec.parts()).containsExactly(Map.entry("weights", location));
        assertThat(spec.weight().isPresent()).isEqualTo(weight != null);
        spec.weight().ifPresent(value -> assertThat(value).isEqualTo(weight));
        assertThat(RewardSpec.parse(spec.toString())).isEqualTo(spec);
    }

    @Test
    void readsScorersOfSeveralParts() {
        assertThat(RewardSpec.parse("ict-hp=DIR").parts())
                .containsExactly(Map.entry("ict", "DIR"), Map.entry("hp", "DIR"));
        assertThat(RewardSpec.parse("ict-hp=A,B:2").parts())
                .containsExactly(Map.entry("ict", "A"), Map.entry("hp", "B"));
        assertThat(RewardSpec.parse("ict-hp=hp=B,A").parts())
                .containsExactly(Map.entry("ict", "A"), Map.entry("hp", "B"));
        assertThat(RewardSpec.parse("aesthetic=CLIP,HEAD:0.1").parts())
                .containsExactly(Map.entry("weights", "CLIP"), Map.entry("head", "HEAD"));
        assertThat(RewardSpec.parse("hps=FILE,base=C:\\base:0.1").parts())
                .containsExactly(Map.entry("weights", "FILE"), Map.entry("base", "C:\\base"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    aesthetic=CLIP | expected aesthetic=WEIGHTS,HEAD[:WEIGHT], got 1 location
                    pickscore=a,b | got 2 locations; a path with a comma needs another name
                    pickscore | expected pickscore=WEIGHTS[:WEIGHT], got 'pickscore'
                    pickscore= | an empty location
                    aesthetic=a, | an empty location
                    pickscore=a,weights=b | got 1 location
                    hps=base=a,base=b,c | two locations of base
                    ict-hp=a,b,c | or ict-hp=DIR with both, got 3 locations
                    pickscore=DIR:nan | expected a finite weight after the last colon, got nan
                    pickscore=DIR:-Infinity | got -Infinity
                    pickscore=DIR:1e999 | got 1e999
                    """)
    void saysWhatWasExpected(String text, String message) {
        assertThatThrownBy(() -> RewardSpec.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"picscore=DIR", "/models/ICT", "=DIR", ""})
    void listsTheKnownNames(String text) {
        assertThatThrownBy(() -> RewardSpec.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "a NAME among "
                                + String.join(", ", BuiltInRewards.names())
                                + ", got '"
                                + text
                                + "'");
    }
}
