package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What weights in a folder may be called. */
class WeightsFolderTest {

    @TempDir Path temp;

    private void touch(String... names) throws IOException {
        for (String name : names) {
            Files.writeString(temp.resolve(name), "");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.fp16.safetensors",
                "model.safetensors.index.fp16.json",
                "diffusion_pytorch_model.bf16.safetensors",
                "diffusion_pytorch_model.safetensors.index.non_ema.json",
                "pytorch_model.fp16.bin",
                "pytorch_model.bin.index.fp16.json",
                "diffusion_pytorch_model.bin",
                "diffusion_pytorch_model.bin.index.json",
                "diffusion_pytorch_model.fp16.bin"
            })
    void takesTheOnlyFormThereIs(String name) throws IOException {
        touch("config.json", "README.md", name);
        assertThat(Weights.locate(temp)).isEqualTo(temp.resolve(name));
    }

    @Test
    void shardsAreNoVariants() throws IOException {
        touch(
                "model.fp16-00001-of-00002.safetensors",
                "model.fp16-00002-of-00002.safetensors",
                "model.safetensors.index.fp16.json");
        assertThat(Weights.variants(temp)).containsExactly("fp16");
        assertThat(Weights.locate(temp)).hasFileName("model.safetensors.index.fp16.json");
    }

    @Test
    void severalVariantsNeedAChoice() throws IOException {
        touch("model.fp16.safetensors", "model.bf16.safetensors", "config.json");
        assertThatThrownBy(() -> Weights.locate(temp))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("variants [bf16, fp16]")
                .hasMessageContaining("--variant");
        assertThat(Weights.locate(temp, "bf16")).hasFileName("model.bf16.safetensors");
        assertThatThrownBy(() -> Weights.locate(temp, "fp8"))
                .hasMessageContaining("variants [bf16, fp16] and not as fp8");
    }

    @Test
    void withoutAChoicePlainWeightsGoFirst() throws IOException {
        touch("model.fp16.safetensors", "pytorch_model.bin");
        assertThat(Weights.locate(temp)).hasFileName("pytorch_model.bin");
        assertThat(Weights.locate(temp, "fp16")).hasFileName("model.fp16.safetensors");
        assertThat(Weights.locate(temp, "bf16")).hasFileName("pytorch_model.bin");
    }

    @ParameterizedTest
    @CsvSource({
        "model.fp16-%05d-of-00002.safetensors, model.safetensors.index.fp16.json",
        "model-%05d-of-00002.fp16.safetensors, model.safetensors.index.fp16.json",
        "diffusion_pytorch_model-%05d-of-00002.bf16.bin, diffusion_pytorch_model.bin.index.bf16.json"
    })
    void readsShardsInEitherSpelling(String shard, String index) throws IOException {
        StringBuilder map = new StringBuilder();
        for (int i = 1; i <= 2; i++) {
            String file = String.format(Locale.ROOT, shard, i);
            Path one = temp.resolve("one.safetensors");
            String header =
                    String.format(
                            Locale.ROOT,
                            "{\"t%d\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                            i);
            WeightsTest.save(one, header, 8);
            try (Weights weights = Weights.open(one)) {
                if (file.endsWith(".bin")) {
                    PytorchWriter.write(temp.resolve(file), weights);
                } else {
                    SafetensorsWriter.write(temp.resolve(file), weights);
                }
            }
            Files.delete(one);
            map.append(i == 1 ? "" : ", ")
                    .append(String.format(Locale.ROOT, "\"t%d\": \"%s\"", i, file));
        }
        Files.writeString(
                temp.resolve(index), "{\"weight_map\": {" + map + "}}", StandardCharsets.UTF_8);
        try (Weights weights = Weights.open(temp)) {
            assertThat(weights.names()).containsExactly("t1", "t2");
        }
        assertThat(Weights.files(temp))
                .containsExactly(
                        temp.resolve(index),
                        temp.resolve(String.format(Locale.ROOT, shard, 1)),
                        temp.resolve(String.format(Locale.ROOT, shard, 2)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "model.safetensors", "model.fp16.safetensors"})
    void aDanglingLinkIsNamed(String name) throws IOException {
        touch("config.json");
        Files.createSymbolicLink(temp.resolve(name), Path.of("../../blobs/0123abcd"));
        assertThatThrownBy(() -> Weights.open(temp))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(
                        temp.resolve(name)
                                + " is a dangling link to ../../blobs/0123abcd, which is not there")
                .hasMessageContaining("Fetch the model again");
        assertThatThrownBy(() -> Weights.open(temp.resolve(name)))
                .hasMessageContaining("dangling link to ../../blobs/0123abcd");
    }

    @Test
    void aDanglingLinkIsNotPassedOver() throws IOException {
        touch("pytorch_model.bin");
        Files.createSymbolicLink(temp.resolve("model.safetensors"), Path.of("gone"));
        assertThatThrownBy(() -> Weights.locate(temp))
                .hasMessageContaining("dangling link to gone");
    }
}
