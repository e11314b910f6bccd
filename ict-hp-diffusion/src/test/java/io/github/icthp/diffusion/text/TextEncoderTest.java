package io.github.icthp.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

class TextEncoderTest {

    @TempDir Path temporary;

    @Test
    void realCheckpointsHaveTheNamesAndShapesOfThePresets() {
        assertThatCode(
                        () -> {
                            clip(ClipTextConfig.clipL(), "clip-l.text_encoder");
                            clip(ClipTextConfig.bigG(), "clip-g.text_encoder_2");
                            clip(ClipTextConfig.fluxClipL(), "flux.clip-l.text_encoder");
                            T5Encoder.check(T5Config.xxl(), shapes("t5-xxl.encoder"), "t5-xxl");
                        })
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> clip(ClipTextConfig.clipL(), "flux.clip-l.text_encoder"))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("text_projection.weight");
    }

    @Test
    void namesMayLackTheirPrefix() {
        Map<String, Shape> bare = new HashMap<>();
        shapes("flux.clip-l.text_encoder")
                .forEach((name, shape) -> bare.put(name.replaceFirst("^text_model\\.", ""), shape));
        assertThatCode(() -> ClipTextEncoder.check(ClipTextConfig.fluxClipL(), bare, "bare"))
                .doesNotThrowAnyException();
    }

    private static void clip(ClipTextConfig config, String name) {
        ClipTextEncoder.check(config, shapes(name), name);
    }

    private static Map<String, Shape> shapes(String name) {
        JsonObject all = Golden.json(Golden.facts("diffusion/lora/real_size/state_dicts.json"));
        Map<String, Shape> shapes = new HashMap<>();
        for (Map.Entry<String, JsonElement> e :
                all.getAsJsonObject(name).getAsJsonObject("tensors").entrySet()) {
            long[] dimensions =
                    e.getValue().getAsJsonArray().asList().stream()
                            .mapToLong(JsonElement::getAsLong)
                            .toArray();
            shapes.put(e.getKey(), new Shape(dimensions));
        }
        return shapes;
    }

    @Test
    void poolsAtTheFirstEndTokenOrTheLargestId() {
        ClipTextConfig largest = ClipTextConfig.clipL();
        assertThat(largest.end(new long[] {5, 9, 7, 9})).isEqualTo(1);
        ClipTextConfig exact =
                new ClipTextConfig(
                        largest.layers(), largest.vocabulary(), 77, 7, largest.projection());
        assertThat(exact.end(new long[] {5, 9, 7, 7})).isEqualTo(2);
        assertThatThrownBy(() -> exact.end(new long[] {5, 9}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no end token 7");
    }

    @Test
    void refusesWhatTheTableCannotHold() {
        long[][] ids = {{1, 2}, {3}};
        assertThatThrownBy(() -> TokenIds.tensor("T5Encoder", ids, 9, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rows of one length in 1..9, got 2 and 1");
        assertThatThrownBy(() -> TokenIds.tensor("T5Encoder", new long[][] {{10}}, 9, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token id 10 is outside the vocabulary of 10");
        assertThatThrownBy(() -> T5Encoder.load(temporary, Devices.tested(), DType.FLOAT16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overflow FLOAT16");
    }

    @Test
    void refusesOtherKindsOfT5() throws IOException {
        Path file = Files.writeString(temporary.resolve("config.json"), "{\"d_model\": 8}");
        assertThatThrownBy(() -> T5Config.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("gated-gelu");
    }

    @Test
    void refusesFoldersWithoutTokenizerAndDamagedModels() throws IOException {
        assertThatThrownBy(() -> T5Tokenizer.load(temporary))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected tokenizer.json or spiece.model");
        Files.write(temporary.resolve("spiece.model"), new byte[] {10, 50, 1});
        assertThatThrownBy(() -> T5Tokenizer.load(temporary))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected a sentencepiece model");
    }
}
