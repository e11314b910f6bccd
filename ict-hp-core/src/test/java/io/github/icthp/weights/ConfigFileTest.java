package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.UncheckedIOException;
import java.nio.file.Path;

class ConfigFileTest {

    private static final String TEXT =
            """
            {"width": 32, "eps": 1e-5, "causal": true, "act": "gelu", "sizes": [1, 2],
             "part": [null, "T5"], "nothing": null}""";

    private final ConfigFile config = ConfigFile.parse(TEXT, "config.json");

    @Test
    void readsValuesOfEachType() {
        assertThat(config.integer("width")).isEqualTo(32);
        assertThat(config.number("eps", 0)).isEqualTo(1e-5);
        assertThat(config.flag("causal", false)).isTrue();
        assertThat(config.text("act", "")).isEqualTo("gelu");
        assertThat(config.integers("sizes")).containsExactly(1, 2);
        assertThat(config.texts("part")).containsExactly("", "T5");
        assertThat(config.names()).startsWith("width").endsWith("nothing");
    }

    @Test
    void takesDefaultsForWhatIsLeftOutOrNull() {
        assertThat(config.has("nothing")).isFalse();
        assertThat(config.integer("nothing", 7)).isEqualTo(7);
        assertThat(config.number("absent", 0.5)).isEqualTo(0.5);
        assertThat(config.flag("absent", true)).isTrue();
        assertThat(config.text("absent", "silu")).isEqualTo("silu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"eps", "causal", "act", "sizes", "nothing", "absent"})
    void namesFileFieldExpectationAndValue(String name) {
        assertThatThrownBy(() -> config.integer(name))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("config.json: '" + name + "' must be an integer, got ");
    }

    @Test
    void refusesOtherTypes() {
        assertThatThrownBy(() -> config.flag("width", true))
                .hasMessageContaining("'width' must be true or false, got 32");
        assertThatThrownBy(() -> config.text("width", ""))
                .hasMessageContaining("'width' must be a text, got 32");
        assertThatThrownBy(() -> config.number("act", 1))
                .hasMessageContaining("'act' must be a number, got \"gelu\"");
        assertThatThrownBy(() -> config.integers("part"))
                .hasMessageContaining("'part' must be a list of integers, got [null,\"T5\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "", "3"})
    void refusesWhatIsNoObject(String text) {
        assertThatThrownBy(() -> ConfigFile.parse(text, "here"))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected a JSON object in here");
    }

    @Test
    void namesAFileThatIsNotThere() {
        assertThatThrownBy(() -> ConfigFile.read(Path.of("nowhere", "config.json")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("nowhere");
    }
}
