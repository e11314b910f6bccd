package io.github.icthp.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import com.google.gson.JsonArray;

import io.github.icthp.DifferentiableReward.RewardGradient;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.blip.ScorerCase;
import io.github.icthp.blip.ScorerCase.Found;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The aesthetic predictor against transformers and the authors' own head and crop. */
class AestheticRewardParityTest {

    /** The numbers in the names of the head's layers whose outputs are compared. */
    private static final int[] LAYERS = {2, 4, 6, 7};

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("scorers/aesthetic", "config.json").stream()
                .map(folder -> Golden.unpack(folder, temporary.resolve(folder.getFileName())))
                .map(folder -> new Case(new ScorerCase(folder)))
                .flatMap(
                        test ->
                                Stream.of(
                                        test.named("pixels", test::pixels),
                                        test.named("values", test::values),
                                        test.named("affine", test::affine),
                                        test.named("bfloat16", test::bfloat16)));
    }

    private record Case(ScorerCase files) {

        DynamicTest named(String part, org.junit.jupiter.api.function.Executable body) {
            return DynamicTest.dynamicTest(files.folder.getFileName() + " " + part, body);
        }

        private Path weights() {
            return files.file(files.strings("weights").get(0));
        }

        private Path head() {
            return files.file(files.strings("weights").get(1));
        }

        private RewardDefinition.Found found(AestheticCrop crop) {
            Map<String, Path> parts =
                    Map.of(RewardSources.WEIGHTS, weights(), RewardSources.HEAD, head());
            return new AestheticReward(crop)
                    .find(
                            new RewardSources(
                                    parts, Optional.empty(), ImageDecoder.standard(), false));
        }

        private RewardModel open(AestheticCrop crop) {
            return RewardParity.open(RewardModel.aesthetic(crop).weights(weights()).head(head()));
        }

        void pixels() {
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                List<Path> all = files.files("images");
                inputs.assertClose(
                        "pixel_values.hf",
                        RewardParity.prepared(found(AestheticCrop.TRANSFORMERS).pictures(), all),
                        3e-6);
                JsonArray moved = files.json.getAsJsonArray("pixel_values.torchvision_images");
                List<Path> some = moved.asList().stream().map(i -> all.get(i.getAsInt())).toList();
                inputs.assertClose(
                        "pixel_values.torchvision",
                        RewardParity.prepared(found(AestheticCrop.TORCHVISION).pictures(), some),
                        3e-6);
            }
        }

        void values() {
            Found found = new Found();
            found.put("hf.score", scores(AestheticCrop.TRANSFORMERS));
            found.put("torchvision.score", scores(AestheticCrop.TORCHVISION));
            differentiable(found);
            for (Use use : Use.values()) {
                layers(found, DType.FLOAT32, use);
                Expected.assertClose(
                        "network, " + use,
                        network(DType.FLOAT32, use),
                        found.get("hf.score"),
                        files.json
                                .getAsJsonObject("tolerances")
                                .getAsJsonObject("hf.score")
                                .get("suggested_abs_tolerance")
                                .getAsDouble());
                files.assertAll(found, "tolerances", "expected.safetensors");
            }
        }

        private float[] scores(AestheticCrop crop) {
            try (RewardModel model = open(crop);
                    Stream<RewardScore> scores =
                            model.scoreAll(
                                    files.files("images").stream()
                                            .map(file -> PromptImage.of("", file)))) {
                return RewardParity.floats(scores.map(RewardScore::value).toList());
            }
        }

        private void differentiable(Found found) {
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    RewardModel model = open(AestheticCrop.TRANSFORMERS)) {
                found.put(
                        "tensor_path.score",
                        RewardParity.floats(
                                files.files("images").stream()
                                        .map(ScorerCase::unit)
                                        .map(x -> model.differentiable().reward(x, List.of("")))
                                        .map(reward -> (double) Tensors.toFloats(reward)[0])
                                        .toList()));
                List<Path> pictures = files.files("gradient_images");
                for (int i = 0; i < pictures.size(); i++) {
                    RewardGradient gradient =
                            model.differentiable()
                                    .checked("aesthetic")
                                    .gradient(ScorerCase.unit(pictures.get(i)), List.of(""));
                    found.put("gradient_score." + i, gradient.rewards());
                    found.put("grad." + i + ".score", gradient.gradient());
                }
            }
        }

        private float[] network(DType type, Use use) {
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    ScoringNetwork network =
                            found(AestheticCrop.TRANSFORMERS).load(Devices.tested(), type, use);
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                NDArray pixels = inputs.get("pixel_values.hf");
                int count = (int) pixels.getShape().get(0);
                double[][] rows =
                        network.score(
                                pixels,
                                ScorerCase.grid(count, 1),
                                java.util.Collections.nCopies(count, ""));
                return RewardParity.floats(Stream.of(rows).map(row -> row[0]).toList());
            }
        }

        private void layers(Found found, DType type, Use use) {
            ClipSettings settings =
                    ClipSettings.find(List.of(weights()), Optional.empty(), Optional.empty());
            Loading loading = new Loading(settings, Devices.tested(), type, use);
            try (ClipTowers towers = ClipTowers.vision(weights(), loading);
                    Weights stored = Weights.open(head());
                    TensorScope scope = ScorerCase.scope();
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                NDArray features = towers.features(inputs.get("pixel_values.hf"));
                found.put("hf.image_features", features);
                NDArray unit = ClipTowers.PROGRAM.call("unit", features);
                found.put("hf.normalised", unit);
                HpHead head = HpHead.load(stored, scope.manager(), DType.FLOAT32, Memory.MAPPED);
                NDList layers = head.layers(unit);
                int skipped = layers.size() - LAYERS.length;
                for (int i = 0; i < LAYERS.length; i++) {
                    found.put("hf.head.layers." + LAYERS[i], layers.get(skipped + i));
                }
            }
        }

        void affine() {
            collapsed(head(), files.file("expected.safetensors"));
        }

        void bfloat16() {
            for (Use use : Use.values()) {
                Found found = new Found();
                layers(found, DType.BFLOAT16, use);
                found.put("hf.score", network(DType.BFLOAT16, use));
                files.assertBfloat16(found);
            }
        }
    }

    /** One affine map, in float64, equals the five layers' product. */
    private static void collapsed(Path head, Path file) {
        try (TensorScope scope = ScorerCase.scope();
                Weights stored = Weights.open(head);
                Expected expected = Expected.open(file)) {
            HpHead.Affine affine =
                    HpHead.load(stored, scope.manager(), DType.FLOAT32, Memory.MAPPED).collapse();
            double[] weight = expected.get("affine.weight_f64").toDoubleArray();
            double[] bias = expected.get("affine.bias_f64").toDoubleArray();
            assertThat(affine.weight().toDoubleArray())
                    .containsExactly(weight, org.assertj.core.api.Assertions.within(1e-12));
            assertThat(affine.bias())
                    .isCloseTo(bias[0], org.assertj.core.api.Assertions.within(1e-12));
        }
    }

    /** The published head on given features: its file is not part of any set of cases. */
    @TestFactory
    Stream<DynamicTest> publishedHead() {
        Path area = Golden.area("scorers/aesthetic/").resolve("real_head");
        Path data = Golden.area("").toAbsolutePath().normalize().resolveSibling("data/weights");
        return Stream.of(
                DynamicTest.dynamicTest(
                        "real_head",
                        () -> {
                            assumeTrue(Files.isDirectory(area), "the set has no real_head");
                            String name =
                                    Golden.json(area.resolve("case.json"))
                                            .get("file")
                                            .getAsString()
                                            .replaceFirst(" .*", "");
                            Path file = data.resolve(name);
                            assumeTrue(Files.exists(file), "the published head is not at " + file);
                            publishedHead(new ScorerCase(area), file);
                        }));
    }

    private static void publishedHead(ScorerCase files, Path file) {
        collapsed(file, files.file("expected.safetensors"));
        try (Weights stored = Weights.open(file);
                TensorScope scope = ScorerCase.scope();
                Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
            HpHead head = HpHead.load(stored, scope.manager(), DType.FLOAT32, Memory.MAPPED);
            NDArray leaf = Autograd.leaf(inputs.get("image_features"));
            NDArray score = head.collapse().forward(ClipTowers.PROGRAM.call("unit", leaf));
            Found found = new Found();
            found.put("score", score);
            found.put(
                    "grad.features",
                    Autograd.gradients(score, Autograd.onesLike(score), List.of(leaf))
                            .get(0)
                            .orElseThrow());
            NDList layers = head.layers(ClipTowers.PROGRAM.call("unit", Autograd.detach(leaf)));
            int skipped = layers.size() - LAYERS.length;
            for (int i = 0; i < LAYERS.length; i++) {
                found.put("layers." + LAYERS[i], layers.get(skipped + i));
            }
            files.assertAll(found, "tolerances", "expected.safetensors");
        }
    }
}
