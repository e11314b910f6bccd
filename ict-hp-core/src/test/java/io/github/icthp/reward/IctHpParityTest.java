package io.github.icthp.reward;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.Rewards;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.staged.Activations;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import javax.imageio.ImageIO;

/** Scores from given pixels and tokens, and gradients of the differentiable path. */
class IctHpParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("reward", "expected.json").stream()
                .flatMap(
                        folder -> {
                            Path unpacked =
                                    Golden.unpack(folder, temporary.resolve(folder.getFileName()));
                            return Stream.of(
                                    DynamicTest.dynamicTest(
                                            folder.getFileName() + " scores",
                                            () -> scores(unpacked)),
                                    DynamicTest.dynamicTest(
                                            folder.getFileName() + " gradients",
                                            () -> gradients(unpacked)));
                        });
    }

    private static IctHpNetwork load(RewardKind kind, Path folder) {
        Optional<Path> root = Optional.of(folder);
        RewardFiles files =
                RewardFiles.find(
                        kind.parts().contains("ict") ? root : Optional.empty(),
                        kind.parts().contains("hp") ? root : Optional.empty(),
                        Optional.of(folder.resolve("base")),
                        Optional.empty());
        return IctHpNetwork.load(
                files,
                Optional.empty(),
                new Loading(files.settings(), Devices.tested(), DType.FLOAT32, Use.GRADIENTS));
    }

    private static void scores(Path folder) {
        JsonObject json = Golden.json(folder.resolve("expected.json"));
        JsonObject path = json.getAsJsonObject("pil_path");
        JsonObject tolerance = json.getAsJsonObject("tolerance");
        double absolute = tolerance.get("scores_absolute").getAsDouble();
        TensorScope scope = TensorScope.open(Devices.tested());
        try (scope;
                IctHpNetwork network = load(RewardKind.COMBINED, folder);
                Expected inputs = Expected.open(folder.resolve("inputs.safetensors"))) {
            NDArray pixels = inputs.get("pixel_values");
            assertIct(
                    network,
                    pixels,
                    inputs.rows("input_ids"),
                    path.getAsJsonArray("ict"),
                    absolute);
            if (inputs.names().contains("input_ids_open_clip")) {
                assertIct(
                        network,
                        pixels,
                        inputs.rows("input_ids_open_clip"),
                        json.getAsJsonArray("ict_with_open_clip_ids"),
                        absolute);
            }
            Expected.assertClose(
                    "hp_raw",
                    network.hpRaw(pixels).toFloatArray(),
                    floats(path.getAsJsonArray("hp_raw")),
                    tolerance.get("hp_raw_absolute").getAsDouble());
        }
    }

    private static void assertIct(
            IctHpNetwork network,
            NDArray pixels,
            long[][] ids,
            JsonArray expected,
            double tolerance) {
        NDArray text = network.textFeatures(ids);
        for (int p = 0; p < ids.length; p++) {
            NDArray same =
                    text.get(p)
                            .expandDims(0)
                            .broadcast(pixels.getShape().get(0), text.getShape().get(1));
            float[] actual = network.ict(pixels, same).toFloatArray();
            int prompt = p;
            float[] column =
                    floats(
                            StreamSupport.stream(expected.spliterator(), false)
                                    .map(row -> row.getAsJsonArray().get(prompt))
                                    .toList());
            Expected.assertClose("ict of prompt " + p, actual, column, tolerance);
        }
    }

    private static float[] floats(Iterable<JsonElement> values) {
        List<JsonElement> list = StreamSupport.stream(values.spliterator(), false).toList();
        float[] result = new float[list.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = list.get(i).getAsFloat();
        }
        return result;
    }

    private static void gradients(Path folder) {
        JsonObject json = Golden.json(folder.resolve("expected.json"));
        double relative =
                json.getAsJsonObject("tolerance").get("gradients_relative_to_max").getAsDouble();
        double absolute = json.getAsJsonObject("tolerance").get("scores_absolute").getAsDouble();
        try (Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                Expected expected = Expected.open(folder.resolve("gradients.safetensors"))) {
            int i = 0;
            for (JsonElement element : json.getAsJsonArray("gradients")) {
                JsonObject test = element.getAsJsonObject();
                long[] ids = inputs.rows("input_ids")[test.get("prompt").getAsInt()];
                for (RewardKind kind :
                        List.of(RewardKind.ICT, RewardKind.HP, RewardKind.COMBINED)) {
                    String name = kind.parts().size() == 1 ? kind.parts().get(0) : "combined";
                    TensorScope scope = TensorScope.open(Devices.tested());
                    try (scope;
                            IctHpNetwork network = load(kind, folder)) {
                        NDArray pixels = read(folder.resolve(test.get("input").getAsString()));
                        Optional<NDArray> text =
                                kind.readsPrompt()
                                        ? Optional.of(features(network, ids))
                                        : Optional.empty();
                        DifferentiableReward reward =
                                Rewards.staged(prompts -> network.stages(text));
                        DifferentiableReward.RewardGradient result =
                                reward.gradient(pixels, List.of(""));
                        assertThat(
                                        Tensors.toFloats(
                                                reward.gradient(
                                                                pixels,
                                                                List.of(""),
                                                                Activations.recomputed())
                                                        .gradient()))
                                .usingComparatorWithPrecision(1e-7f)
                                .containsExactly(Tensors.toFloats(result.gradient()));
                        assertThat((double) result.rewards().toFloatArray()[0])
                                .isCloseTo(
                                        test.getAsJsonObject("scores").get(name).getAsDouble(),
                                        org.assertj.core.data.Offset.offset(absolute));
                        float[] wanted = expected.floats(i + "." + name);
                        float max = 0;
                        for (float v : wanted) {
                            max = Math.max(max, Math.abs(v));
                        }
                        Expected.assertClose(
                                i + "." + name,
                                Tensors.toFloats(result.gradient()),
                                wanted,
                                relative * max);
                    }
                }
                i++;
            }
        }
    }

    private static NDArray features(IctHpNetwork network, long[] ids) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT, () -> network.textFeatures(new long[][] {ids}));
    }

    private static NDArray read(Path png) {
        try {
            BufferedImage image = ImageIO.read(png.toFile());
            int h = image.getHeight();
            int w = image.getWidth();
            float[] pixels = new float[3 * h * w];
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    int rgb = image.getRGB(x, y);
                    for (int c = 0; c < 3; c++) {
                        pixels[(c * h + y) * w + x] = ((rgb >> (16 - 8 * c)) & 255) / 255f;
                    }
                }
            }
            return Tensors.of(pixels, 1, 3, h, w);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
