package io.github.icthp.diffusion.sd3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableSortedSet;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.OriginalFile;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

class Sd3TransformerTest {

    private static final Sd3Config SMALL =
            new Sd3Config(3, 2, 8, 4, 2, 24, 20, 6, true, ImmutableSortedSet.of(0));

    @TempDir Path folder;

    private static Sd3Transformer load(Weights weights) {
        return Sd3Transformer.load(SMALL, weights, Devices.tested(), DType.FLOAT32, Memory.OWNED);
    }

    private static Weights random() {
        return RandomWeights.of(Sd3Transformer.shapes(SMALL), 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd3.5-large", "sd3.5-medium", "sd3-medium"})
    void presetsAreThePublishedModels(String name) throws IOException {
        JsonObject published =
                Golden.json(Golden.facts("diffusion/lora/real_size/state_dicts.json"))
                        .getAsJsonObject(name + ".transformer");
        Map<String, Shape> shapes = new LinkedHashMap<>();
        published
                .getAsJsonObject("tensors")
                .entrySet()
                .forEach(
                        tensor ->
                                shapes.put(
                                        tensor.getKey(),
                                        new Shape(
                                                tensor.getValue().getAsJsonArray().asList().stream()
                                                        .mapToLong(d -> d.getAsLong())
                                                        .toArray())));
        Sd3Config preset =
                switch (name) {
                    case "sd3.5-large" -> Sd3Config.large();
                    case "sd3.5-medium" -> Sd3Config.medium();
                    default -> Sd3Config.sd3Medium();
                };
        assertThat(Sd3Transformer.check(preset, shapes, name)).isNotEmpty();
        assertThat(Sd3Transformer.shapes(preset)).isEqualTo(shapes);
        Path config = folder.resolve("config.json");
        Files.writeString(config, published.getAsJsonObject("config").toString());
        assertThat(Sd3Config.read(config)).isEqualTo(preset);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "model.diffusion_model."})
    void readsTheAuthorsSingleFile(String prefix) {
        try (OriginalFile original = Sd3OriginalFile.of(random(), prefix, SMALL)) {
            Weights translated = Sd3OriginalLayout.translate(original);
            original.assertTranslated(translated);
            assertThat(Sd3OriginalLayout.translate(translated)).isSameAs(translated);
            load(original).close();
        }
    }

    @Test
    void reportsNamesThatNoRuleTakes() {
        try (OriginalFile original =
                Sd3OriginalFile.of(random(), "model.diffusion_model.", SMALL)) {
            original.stranger("model.diffusion_model.joint_blocks.0.x_block.attn.surprise")
                    .stranger("first_stage_model.decoder.conv_in.bias");
            assertThatThrownBy(() -> load(original))
                    .isInstanceOf(WeightsMismatchException.class)
                    .hasMessageContaining("joint_blocks.0.x_block.attn.surprise")
                    .hasMessageNotContaining("first_stage_model");
        }
    }

    @Test
    void refusesLatentsThatDoNotFit() {
        try (Sd3Transformer transformer = load(random());
                TensorScope scope = TensorScope.open(Devices.tested())) {
            Conditioning conditioning =
                    new Conditioning(
                            scope.manager().zeros(new Shape(1, 5, 24)),
                            scope.manager().zeros(new Shape(1, 20)));
            float[] timestep = {500};
            assertThatThrownBy(
                            () ->
                                    transformer.predict(
                                            Tensors.of(new float[4 * 5 * 4], 1, 4, 5, 4),
                                            timestep,
                                            conditioning))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("multiples of 2, got (1, 4, 5, 4)");
            assertThatThrownBy(
                            () ->
                                    transformer.predict(
                                            Tensors.of(new float[4 * 14 * 4], 1, 4, 14, 4),
                                            timestep,
                                            conditioning))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 12 x 12");
            assertThatThrownBy(() -> transformer.prepare(conditioning, new float[][] {{1, 2, 3}}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 timesteps a step, got 3");
        }
    }
}
