package io.github.icthp.diffusion.flux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableList;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraTargets;
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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

class FluxTransformerTest {

    private static final FluxConfig SMALL =
            new FluxConfig(2, 2, 2, 12, 4, 24, 20, true, ImmutableList.of(2, 4, 6));

    @TempDir Path folder;

    private static FluxTransformer load(Weights weights) {
        return FluxTransformer.load(SMALL, weights, Devices.tested(), DType.FLOAT32, Memory.OWNED);
    }

    private static Weights random() {
        return RandomWeights.of(FluxTransformer.shapes(SMALL), 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flux.1-schnell", "flux.1-dev"})
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
        FluxConfig preset = name.endsWith("dev") ? FluxConfig.dev() : FluxConfig.schnell();
        assertThat(FluxTransformer.check(preset, shapes, name)).isNotEmpty();
        assertThat(FluxTransformer.shapes(preset)).isEqualTo(shapes);
        Path config = folder.resolve("config.json");
        Files.writeString(config, published.getAsJsonObject("config").toString());
        assertThat(FluxConfig.read(config)).isEqualTo(preset);
    }

    /** Of the paper's table 7: what was trained on FLUX.1-schnell is loaded into FLUX.1-dev. */
    @Test
    void anAdapterOfSchnellFitsDev() {
        assertThat(FluxTransformer.linears(FluxConfig.dev()))
                .containsAllEntriesOf(FluxTransformer.linears(FluxConfig.schnell()));
        FluxConfig unguided =
                new FluxConfig(2, 2, 2, 12, 4, 24, 20, false, ImmutableList.of(2, 4, 6));
        Path file = folder.resolve("schnell.safetensors");
        LoraConfig all = LoraConfig.rank(2).withTargets(LoraTargets.matching(".*"));
        try (FluxTransformer schnell =
                        FluxTransformer.load(
                                unguided,
                                RandomWeights.of(FluxTransformer.shapes(unguided), 4),
                                Devices.tested(),
                                DType.FLOAT32,
                                Memory.OWNED);
                LoraAdapters trained = LoraAdapters.inject(schnell, all, 5);
                FluxTransformer dev = load(random())) {
            trained.save(file);
            try (LoraAdapters loaded = LoraAdapters.load(file, dev)) {
                assertThat(loaded.unapplied().all()).isEmpty();
                assertThat(loaded.adapters()).containsOnlyKeys(trained.adapters().keySet());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "model.diffusion_model."})
    void readsTheAuthorsSingleFile(String prefix) {
        try (OriginalFile original = FluxOriginalFile.of(random(), prefix, SMALL)) {
            original.stranger(prefix.isEmpty() ? "vae.x" : "text_encoders.x");
            Weights translated = FluxOriginalLayout.translate(original);
            if (prefix.isEmpty()) {
                assertThat(translated.names()).contains("vae.x");
            } else {
                original.assertTranslated(translated);
                load(original).close();
            }
        }
    }

    @Test
    void packsTwoByTwoPixelsIntoATokenChannelByChannel() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    float[] values = new float[2 * 4 * 6];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = i;
                    }
                    NDArray latents = Tensors.of(values, 1, 2, 4, 6);
                    NDArray tokens = FluxLatents.pack(latents);
                    assertThat(tokens.getShape()).isEqualTo(new Shape(1, 6, 8));
                    assertThat(tokens.get("0, 4").toFloatArray())
                            .containsExactly(14, 15, 20, 21, 38, 39, 44, 45);
                    assertThat(FluxLatents.unpack(tokens, 4).toFloatArray()).isEqualTo(values);
                });
    }

    @Test
    void asksForTheGuidanceScale() {
        try (FluxTransformer transformer = load(random());
                TensorScope scope = TensorScope.open(Devices.tested())) {
            Conditioning conditioning =
                    new Conditioning(
                            scope.manager().zeros(new Shape(1, 5, 24)),
                            scope.manager().zeros(new Shape(1, 20)));
            assertThatThrownBy(() -> transformer.prepare(conditioning, 500))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("conditioning.withGuidance(scale)");
            assertThatThrownBy(() -> conditioning.withGuidance(1, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got [1.0, 2.0]");
        }
    }
}
