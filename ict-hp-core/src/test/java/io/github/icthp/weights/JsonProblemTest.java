package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.stream.JsonReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.StringReader;

class JsonProblemTest {

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\": NaN}", "{\"a\": -Infinity}", "{\"a\": 'x'}", "{\"a\": True1}"})
    void speaksOfTheTextAndNotOfTheParser(String json) {
        assertThatThrownBy(
                        () -> {
                            try (JsonReader reader = new JsonReader(new StringReader(json))) {
                                reader.beginObject();
                                assertThat(reader.nextName()).isEqualTo("a");
                                reader.peek();
                            } catch (Exception e) {
                                throw new IllegalArgumentException(JsonProblem.of(e), e);
                            }
                        })
                .hasMessageStartingWith("JSON has no such value")
                .hasMessageContaining("at line 1 column")
                .hasMessageNotContainingAny("JsonReader", "http", "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\": [1, 2", "{\"a\" 3}", ""})
    void configurationsToo(String json) {
        assertThatThrownBy(() -> ConfigFile.parse(json, "here"))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageStartingWith("ConfigFile: expected a JSON object in here: ")
                .hasMessageNotContainingAny("JsonReader", "http", "com.google", "\n");
    }

    @Test
    void nullsStandForNumbersThatAreNone() {
        assertThat(
                        JsonProblem.nullsForNotFinite(
                                "{\"a\": NaN, \"NaN\": \"-Infinity \\\" NaN\", \"b\":[-Infinity,Infinity]}"))
                .isEqualTo("{\"a\": null, \"NaN\": \"-Infinity \\\" NaN\", \"b\":[null,null]}");
        assertThat(JsonProblem.nullsForNotFinite("{\"a\": NaNs}")).isEqualTo("{\"a\": NaNs}");
    }
}
