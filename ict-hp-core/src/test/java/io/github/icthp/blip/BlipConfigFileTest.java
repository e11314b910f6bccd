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

class BlipConfigFileTest {

    @TempDir Path folder;

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("config.json"), json);
    }

    @Test
    void whatIsLeftOutIsAsInTransformers() throws IOException {
        BlipConfig config =
                BlipConfigFile.read(write("{\"text_config\": {\"num_attention_heads\": 12}}"));
        BlipConfig authors = BlipConfig.retrievalBase();
        assertThat(config.text()).isEqualTo(authors.text());
        assertThat(config.vision().layerNormEps()).isEqualTo(1e-5);
        assertThat(authors.vision().layerNormEps()).isEqualTo(1e-6);
        assertThat(config.vision().width()).isEqualTo(768);
        assertThat(config.imageTokens()).isEqualTo(577);
        assertThat(config.projection()).isEqualTo(256);
        assertThat(config.vocabulary()).isEqualTo(30524);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"text_config\": {}}",
                "{\"text_config\": {\"num_attention_heads\": null}}",
                "{}",
                "{\"text_config\": null}"
            })
    void theTextsHeadsAreNeverGuessed(String json) throws IOException {
        Path file = write(json);
        assertThatThrownBy(() -> BlipConfigFile.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining("num_attention_heads");
        Path med = write("{\"hidden_size\": 768, \"vocab_size\": 30524}");
        assertThatThrownBy(() -> BlipConfigFile.readText(med, BlipConfig.imageReward()))
                .hasMessageContaining("num_attention_heads");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model_type\": \"clip\", \"text_config\": {\"num_attention_heads\": 12}}",
                "[1]",
                "{\"text_config\": 3}",
                "{\"text_config\": {\"num_attention_heads\": 7}}",
                "{\"text_config\": {\"num_attention_heads\": 12, \"hidden_act\": \"relu\"}}",
                "{\"text_config\": {\"num_attention_heads\": 12, \"hidden_act\": \"quick_gelu\"}}",
                "{\"vision_config\": {\"image_size\": 100}, \"text_config\":"
                        + " {\"num_attention_heads\": 12}}"
            })
    void whatIsNoBlipIsRefused(String json) throws IOException {
        Path file = write(json);
        assertThatThrownBy(() -> BlipConfigFile.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void anotherImageSizeKeepsTheStoredTable() {
        BlipConfig larger = BlipConfig.retrievalBase().withImageSize(480);
        assertThat(larger.imageTokens()).isEqualTo(901);
        assertThat(larger.storedImageTokens()).isEqualTo(577);
        assertThatThrownBy(() -> larger.withImageSize(400 + 1))
                .hasMessageContaining("patches must tile the image")
                .hasMessageContaining("401");
    }
}
