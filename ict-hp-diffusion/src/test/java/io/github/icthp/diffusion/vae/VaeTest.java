package io.github.icthp.diffusion.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class VaeTest {

    @TempDir Path temporary;

    @ParameterizedTest
    @CsvSource({"sd3.vae", "flux.vae"})
    void realCheckpointsHaveTheNamesAndShapesOfThePresets(String name) {
        JsonObject all = Golden.json(Golden.facts("diffusion/lora/real_size/state_dicts.json"));
        Map<String, Shape> shapes = new HashMap<>();
        all.getAsJsonObject(name)
                .getAsJsonObject("tensors")
                .entrySet()
                .forEach(e -> shapes.put(e.getKey(), shape(e.getValue().getAsJsonArray())));
        VaeConfig config = name.startsWith("sd3") ? VaeConfig.sd3() : VaeConfig.flux();
        try (NDManager owner = Torch.manager(Devices.tested())) {
            Parameters root = Parameters.check(shapes, name, owner);
            VaeStages.decoder(root, config);
            VaeStages.encoder(root, config);
            assertThat(root.finish()).hasSameSizeAs(shapes);
        }
    }

    private static Shape shape(JsonArray dimensions) {
        return new Shape(dimensions.asList().stream().mapToLong(d -> d.getAsLong()).toArray());
    }

    @Test
    void readsDefaultsOfOldConfigs() throws IOException {
        Path file = config("{\"block_out_channels\": [64, 128], \"latent_channels\": 4}");
        assertThat(VaeConfig.read(file))
                .isEqualTo(
                        new VaeConfig(
                                4, List.of(64, 128), 1, 32, true, true, true, 0.18215, 0, 32));
    }

    @Test
    void refusesWhatItCannotDo() throws IOException {
        Path file = config("{\"block_out_channels\": [64], \"act_fn\": \"relu\"}");
        assertThatThrownBy(() -> VaeConfig.read(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("'act_fn' must be silu, got relu");
        assertThatThrownBy(() -> new VaeConfig(4, List.of(30), 1, 4, true, true, true, 1, 0, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("groups 4, blockChannels [30]");
    }

    private Path config(String json) throws IOException {
        return Files.writeString(temporary.resolve("config.json"), json);
    }

    @Test
    void listsAllThatDoesNotFitAConfig() {
        Path folder = smallModel();
        VaeConfig given = VaeConfig.read(folder.resolve("config.json"));
        VaeConfig other =
                new VaeConfig(
                        given.latentChannels(),
                        given.blockChannels(),
                        given.layersPerBlock() + 1,
                        given.groups(),
                        given.midAttention(),
                        given.quantConv(),
                        given.postQuantConv(),
                        given.scaling(),
                        given.shift(),
                        given.sampleSize());
        try (io.github.icthp.weights.Weights weights =
                io.github.icthp.weights.Weights.open(folder)) {
            assertThatThrownBy(
                            () ->
                                    AutoencoderKl.load(
                                            weights, other, Devices.tested(), DType.FLOAT32))
                    .isInstanceOf(WeightsMismatchException.class)
                    .hasMessageContaining(
                            "decoder.up_blocks.0.resnets." + (given.layersPerBlock() + 1));
        }
    }

    @Test
    void namesWrongShapes() {
        try (AutoencoderKl vae =
                AutoencoderKl.load(smallModel(), Devices.tested(), DType.FLOAT32)) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        assertThatThrownBy(() -> vae.decode(Tensors.of(new float[12], 1, 3, 2, 2)))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining(
                                        "expected latents (B, " + vae.latentChannels())
                                .hasMessageContaining("got (1, 3, 2, 2)");
                        assertThatThrownBy(() -> vae.encode(Tensors.of(new float[27], 1, 3, 3, 3)))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("multiples of " + vae.factor());
                    });
        }
    }

    @Test
    void goesBackOnlyOnce() {
        try (AutoencoderKl vae = AutoencoderKl.load(smallModel(), Devices.tested(), DType.FLOAT32);
                TensorScope scope = TensorScope.open(Devices.tested())) {
            int c = vae.latentChannels();
            Pullback decoded = vae.decodeInStages(scope.manager().ones(new Shape(1, c, 2, 2)));
            assertThat(decoded.vjp().apply(decoded.value()).getShape())
                    .isEqualTo(new Shape(1, c, 2, 2));
            assertThatThrownBy(() -> decoded.vjp().apply(decoded.value()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("before");
        }
    }

    static Path smallModel() {
        return Golden.sample("diffusion/vae/sd15_like/vae_old_names");
    }
}
