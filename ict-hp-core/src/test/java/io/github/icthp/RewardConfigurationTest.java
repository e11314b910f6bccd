package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Scores of one model under configurations of several names. The values are of transformers 5.18
 * ({@code CLIPModel}, {@code CLIPImageProcessorPil}) with the settings of each row.
 */
class RewardConfigurationTest {

    private static final double TOLERANCE = 2e-6;

    private static final String OPEN_CLIP =
            """
            {"model_cfg": {"embed_dim": 16, "quick_gelu": QUICK,
               "vision_cfg": {"image_size": 42, "layers": 4, "width": 24, "head_width": 8,
                 "mlp_ratio": 2.3333334, "patch_size": 14},
               "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 4,
                 "layers": 3, "mlp_ratio": 2.5}},
             "preprocess_cfg": IMAGES}\
            """;

    @TempDir Path temporary;
    private Path tiny;
    private Path folder;

    @BeforeEach
    void unpack() throws IOException {
        tiny = Golden.unpack(Golden.sample("reward/tiny"), temporary.resolve("tiny"));
        folder = Files.createDirectories(temporary.resolve("elsewhere/clip"));
    }

    private static double score(RewardModelBuilder model) {
        try (RewardModel built = model.precision(Precision.FP32).build()) {
            RewardScore score =
                    built.score(
                            "a red ferrari car",
                            Golden.sample("images").resolve("Ferrari_car_I3.png"));
            assertThat(score.provenance().assumption()).isEmpty();
            assertThat(score.provenance().settings()).contains(".json");
            return score.ict();
        }
    }

    private void transformers(String settings) throws IOException {
        Files.copy(tiny.resolve("ICT/pytorch_model.bin"), folder.resolve("pytorch_model.bin"));
        Files.copy(tiny.resolve("base/config.json"), folder.resolve("config.json"));
        Files.writeString(
                folder.resolve("processor_config.json"),
                "{\"image_processor\":" + settings.replace('\'', '"') + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"module.", "_orig_mod.", "module._orig_mod."})
    void weightsThatTrainingWrappedScoreAsBefore(String prefix) throws IOException {
        transformers("{'size':42,'crop_size':42}");
        Path half = folder.resolve("pytorch_model.bin");
        Path full = folder.resolve("model.safetensors");
        copy(half, "", full);
        Files.delete(half);
        double plain = score(RewardModel.ict().ict(folder));
        Path wrapped = folder.resolve("wrapped");
        copy(full, prefix, wrapped);
        Files.move(wrapped, full, StandardCopyOption.REPLACE_EXISTING);
        assertThat(score(RewardModel.ict().ict(folder))).isEqualTo(plain);
    }

    private static void copy(Path from, String prefix, Path to) throws IOException {
        try (Weights weights = Weights.open(from);
                TensorScope scope = TensorScope.open(Device.cpu())) {
            Map<String, NDArray> renamed = new LinkedHashMap<>();
            for (String name : weights.names()) {
                renamed.put(
                        prefix + name,
                        scope.keep(TensorReader.read(weights, name), scope.manager()));
            }
            SafetensorsWriter.write(to, renamed, Map.of());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'size':42,'crop_size':42} | 0.50547748804",
                "{'size':{'shortest_edge':42},'crop_size':{'height':42,'width':42},"
                        + "'image_mean':[0.5,0.5,0.5],'image_std':[0.5,0.5,0.5]} | 0.50182479620",
                "{'size':{'shortest_edge':48},'crop_size':42} | 0.50792443752",
                "{'size':42,'crop_size':42,'do_rescale':false} | 0.25439178944"
            })
    void nestedImageSettingsCount(String settings, double expected) throws IOException {
        transformers(settings);
        assertThat(score(RewardModel.ict().ict(folder))).isCloseTo(expected, within(TOLERANCE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false | {} | 0.50547748804",
                "false | {'mean':[0.5,0.5,0.5],'std':[0.5,0.5,0.5]} | 0.50182479620",
                "true | {} | 0.51382732391",
                "true | {'mean':0.5,'std':0.5,'resize_mode':'squash'} | 0.51079273224"
            })
    void openClipsSettingsCount(String quickGelu, String images, double expected)
            throws IOException {
        Path file = folder.resolve("open_clip_model.safetensors");
        try (Weights weights = OpenClipKeys.toOpenClip(Weights.open(tiny.resolve("ICT")))) {
            SafetensorsWriter.write(file, weights);
        }
        Files.writeString(
                folder.resolve("open_clip_config.json"),
                OPEN_CLIP.replace("QUICK", quickGelu).replace("IMAGES", images.replace('\'', '"')));
        assertThat(score(RewardModel.ict().ict(folder))).isCloseTo(expected, within(TOLERANCE));
        assertThat(score(RewardModel.ict().ict(file))).isCloseTo(expected, within(TOLERANCE));
    }

    /** Without resampling, the differentiable reward is the score. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'size':48,'crop_size':42}",
                "{'do_resize':false,'crop_size':42,'image_mean':0.5}",
                "{'size':{'height':48,'width':48},'crop_size':42,'do_rescale':false}"
            })
    void gradientsSeeTheSamePixels(String settings) throws IOException {
        transformers(settings);
        BufferedImage image = new BufferedImage(48, 48, BufferedImage.TYPE_INT_RGB);
        float[] values = new float[3 * 48 * 48];
        for (int i = 0; i < 48 * 48; i++) {
            int rgb = 0x10203 * (i % 48) + 0x2 * (i / 48);
            image.setRGB(i % 48, i / 48, rgb);
            for (int c = 0; c < 3; c++) {
                values[c * 48 * 48 + i] = (rgb >> (16 - 8 * c) & 0xFF) / 255f;
            }
        }
        try (RewardModel model = RewardModel.ict().ict(folder).precision(Precision.FP32).build()) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        NDArray reward =
                                model.differentiable()
                                        .reward(
                                                Tensors.of(values, 1, 3, 48, 48),
                                                List.of("a red ball"));
                        double expected =
                                model.score(
                                                new PromptImage(
                                                        "a red ball", ImageSource.of("x", image)))
                                        .ict();
                        assertThat((double) Tensors.toFloats(reward)[0])
                                .isCloseTo(expected, within(1e-5));
                    });
        }
    }

    @Test
    void gradientsThroughPaddingAreRefused() throws IOException {
        transformers("{'size':30,'crop_size':42}");
        try (RewardModel model = RewardModel.ict().ict(folder).precision(Precision.FP32).build()) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        NDArray pixels = Tensors.of(new float[3 * 48 * 48], 1, 3, 48, 48);
                        assertThatThrownBy(
                                        () ->
                                                model.differentiable()
                                                        .reward(pixels, List.of("a red ball")))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("48 x 48 become 30 x 30");
                    });
        }
    }

    @Test
    void aBaseAndAnArchitectureExcludeEachOther() {
        RewardModelBuilder both =
                RewardModel.ict()
                        .ict(tiny)
                        .base(tiny.resolve("base"))
                        .architecture(ClipArchitecture.VIT_B_32);
        assertThatThrownBy(both::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ViT-B-32");
    }
}
