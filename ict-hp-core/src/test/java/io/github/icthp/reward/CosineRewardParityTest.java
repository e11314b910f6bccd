package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.blip.ScorerCase;
import io.github.icthp.blip.ScorerCase.Found;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** PickScore, HPS v2 and plain CLIP against transformers' and the authors' own code. */
class CosineRewardParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> pickScore() {
        return cases("pickscore")
                .flatMap(
                        files ->
                                Stream.of(
                                        named(files, "values", () -> pickScore(files)),
                                        named(files, "bfloat16", () -> pickScoreBfloat16(files))));
    }

    private void pickScore(ScorerCase files) {
        Path weights = weights(files);
        RewardModelBuilder scores = RewardModel.pickScore().weights(weights);
        RewardModelBuilder cosines = RewardModel.clip().weights(weights);
        Found found = new Found();
        files(found, files, "score", scores);
        files(found, files, "cosine", cosines);
        float[] score = found.get("score");
        found.put("probability", probabilities(score, files.strings("prompts").size()));
        pixels(found, files, "tensor_path.score", scores);
        pixels(found, files, "tensor_path.cosine", cosines);
        found.put(
                "tensor_path.probability",
                probabilities(found.get("tensor_path.score"), files.strings("prompts").size()));
        gradients(found, files, "", "score", scores);
        gradients(found, files, "", "cosine", cosines);
        float[] candidates = probabilities(found.get("gradient_score"), 1);
        found.put("gradient_probability", candidates);
        for (int i = 0; i < candidates.length; i++) {
            // The softmax's derivative, p0 (1 - p0) and -p0 pi, times that of the candidate's score
            float factor = candidates[0] * ((i == 0 ? 1 : 0) - candidates[i]);
            float[] gradient = found.get("grad." + i + ".score").clone();
            for (int n = 0; n < gradient.length; n++) {
                gradient[n] *= factor;
            }
            found.put("grad." + i + ".probability_of_0", gradient);
        }
        for (Use use : Use.values()) {
            features(found, files, weights, "", "pixel_values", DType.FLOAT32, use);
            network(files, scores(weights, use), "score");
        }
        files.assertAll(found, "tolerances", "expected.safetensors");
    }

    private static ScoringNetwork scores(Path weights, Use use) {
        RewardSources sources = sources(weights);
        return CosineReward.pickScore().find(sources).load(Devices.tested(), DType.FLOAT32, use);
    }

    /** The network by itself, for both uses, on the case's own pixels. */
    private static void network(ScorerCase files, ScoringNetwork network, String name) {
        TensorScope scope = ScorerCase.scope();
        try (scope;
                network;
                Expected inputs = Expected.open(files.file("inputs.safetensors"));
                Expected expected = Expected.open(files.file("expected.safetensors"))) {
            NDArray pixels = inputs.get("pixel_values");
            List<String> prompts = files.strings("prompts");
            int count = (int) pixels.getShape().get(0);
            double[][] rows =
                    network.score(
                            pixels,
                            ScorerCase.grid(count, prompts.size()),
                            repeated(prompts, count));
            Expected.assertClose(
                    name,
                    RewardParity.floats(Arrays.stream(rows).map(row -> row[0]).toList()),
                    expected.floats(name),
                    tolerance(files, name));
        }
    }

    private void pickScoreBfloat16(ScorerCase files) {
        for (Use use : Use.values()) {
            Found found = new Found();
            features(found, files, weights(files), "", "pixel_values", DType.BFLOAT16, use);
            files.assertBfloat16(found);
        }
    }

    @TestFactory
    Stream<DynamicTest> hps() {
        return cases("hps")
                .flatMap(
                        files ->
                                Stream.of(
                                        named(files, "pixels", () -> hpsPixels(files)),
                                        named(files, "values", () -> hps(files)),
                                        named(files, "bfloat16", () -> hpsBfloat16(files))));
    }

    private static Stream<String> versions(ScorerCase files) {
        return files.json.getAsJsonObject("versions_of_the_score").keySet().stream();
    }

    private static Path version(ScorerCase files, String version) {
        return files.file(
                unpacked(
                        files.json
                                .getAsJsonObject("versions_of_the_score")
                                .getAsJsonObject(version)
                                .get("file")
                                .getAsString()));
    }

    private static String label(HpsResize resize) {
        return resize == HpsResize.ANTIALIAS ? "antialias" : "no_antialias";
    }

    private static Path exact(ScorerCase files) {
        return files.file(
                files.json.getAsJsonObject("longest_edge_exact").get("file").getAsString());
    }

    private void hpsPixels(ScorerCase files) {
        Path weights = version(files, versions(files).findFirst().orElseThrow());
        TensorScope scope = ScorerCase.scope();
        try (scope;
                Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
            for (HpsResize resize : HpsResize.values()) {
                PicturePreparation preparation =
                        CosineReward.hps(resize).find(sources(weights)).pictures();
                String name = "pixel_values." + label(resize);
                double tolerance =
                        files.json
                                .getAsJsonObject("pixel_value_tolerances")
                                .getAsJsonObject(name)
                                .get("suggested_abs_tolerance")
                                .getAsDouble();
                long count = inputs.get(name).getShape().get(0);
                List<Path> pictures = files.files("images").stream().limit(count).toList();
                inputs.assertClose(name, RewardParity.prepared(preparation, pictures), tolerance);
                inputs.assertClose(
                        "pixel_values.longest_edge_exact",
                        RewardParity.prepared(preparation, List.of(exact(files))),
                        tolerance);
            }
        }
    }

    private void hps(ScorerCase files) {
        Found found = new Found();
        for (String version : versions(files).toList()) {
            Path weights = version(files, version);
            for (HpsResize resize : HpsResize.values()) {
                String prefix = version + "." + label(resize) + ".";
                RewardModelBuilder model = RewardModel.hps(resize).weights(weights);
                files(found, files, prefix + "cosine", model);
                gradients(found, files, prefix, "cosine", model);
                pixels(found, files, "pixels", model);
                Expected.assertClose(
                        prefix + "pixels",
                        found.get("pixels"),
                        found.get(prefix + "cosine"),
                        tolerance(files, prefix + "cosine"));
                found.put(
                        version + ".longest_edge_exact.cosine",
                        RewardParity.files(model, List.of(exact(files)), files.strings("prompts")));
            }
            String prefix = version + ".antialias.";
            for (Use use : Use.values()) {
                features(
                        found,
                        files,
                        weights,
                        prefix,
                        "pixel_values.antialias",
                        DType.FLOAT32,
                        use);
            }
        }
        files.assertAll(found, "tolerances", "expected.safetensors");
    }

    private void hpsBfloat16(ScorerCase files) {
        for (Use use : Use.values()) {
            Found found = new Found();
            for (String version : versions(files).toList()) {
                features(
                        found,
                        files,
                        version(files, version),
                        version + ".antialias.",
                        "pixel_values.antialias",
                        DType.BFLOAT16,
                        use);
            }
            files.assertBfloat16(found);
        }
    }

    @TestFactory
    Stream<DynamicTest> clip() {
        return cases("clip_score").map(files -> named(files, "values", () -> clip(files)));
    }

    private void clip(ScorerCase files) {
        Found found = new Found();
        files.json
                .getAsJsonObject("models")
                .asMap()
                .forEach(
                        (label, model) -> {
                            Path own =
                                    Path.of(model.getAsJsonObject().get("weights").getAsString());
                            Path folder = files.scorers().resolve(own.getParent().toString());
                            Path copy = unpack(files, folder, temporary.resolve(label));
                            clip(found, files, label + ".", copy.resolve(own.getFileName()));
                        });
        files.assertAll(found, "tolerances", "expected.safetensors");
    }

    private static void clip(Found found, ScorerCase files, String label, Path weights) {
        List<String> prompts = files.strings("prompts");
        List<Path> pictures = files.files("images");
        files(found, files, label + "cosine", RewardModel.clip().weights(weights));
        files(
                found,
                files,
                label + "hessel_2_5",
                RewardModel.clip(ScoreScale.CLIP_SCORE_2_5).weights(weights));
        float[] hundred =
                RewardParity.files(
                        RewardModel.clip(ScoreScale.CLIP_SCORE_100).weights(weights),
                        pictures,
                        prompts);
        int pairs = Math.min(prompts.size(), pictures.size());
        float[] cosine = found.get(label + "cosine");
        float[] unclamped = new float[pairs];
        float[] clamped = new float[pairs];
        double mean = 0;
        for (int i = 0; i < pairs; i++) {
            int at = i * prompts.size() + i;
            clamped[i] = hundred[at];
            unclamped[i] = 100 * cosine[at];
            mean += unclamped[i] / pairs;
        }
        found.put(label + "torchmetrics.pairs_clamped", clamped);
        found.put(label + "torchmetrics.pairs_100cos", unclamped);
        found.put(label + "torchmetrics.reported", (float) Math.max(mean, 0));
    }

    private Stream<ScorerCase> cases(String area) {
        return Golden.cases("scorers/" + area).stream()
                .map(
                        folder -> {
                            Path copy = temporary.resolve(area).resolve(folder.getFileName());
                            return new ScorerCase(unpack(new ScorerCase(folder), folder, copy));
                        });
    }

    /** A case's files, unpacked, with the tokenizer that they name. */
    private static Path unpack(ScorerCase files, Path folder, Path target) {
        Golden.unpack(folder, target);
        Path named = files.scorers().getParent().resolve(files.json.get("tokenizer").getAsString());
        if (java.nio.file.Files.isDirectory(named)) {
            Golden.unpack(named, target);
        }
        return target;
    }

    private static DynamicTest named(
            ScorerCase files, String part, org.junit.jupiter.api.function.Executable body) {
        return DynamicTest.dynamicTest(files.folder.getFileName() + " " + part, body);
    }

    private static Path weights(ScorerCase files) {
        return files.file(unpacked(files.strings("weights").get(0)));
    }

    private static String unpacked(String name) {
        return name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    }

    private static RewardSources sources(Path weights) {
        return new RewardSources(
                java.util.Map.of(RewardSources.WEIGHTS, weights),
                Optional.empty(),
                io.github.icthp.image.ImageDecoder.standard(),
                false);
    }

    private static double tolerance(ScorerCase files, String name) {
        return files.json
                .getAsJsonObject("tolerances")
                .getAsJsonObject(name)
                .get("suggested_abs_tolerance")
                .getAsDouble();
    }

    private static List<String> repeated(List<String> prompts, int pictures) {
        return Stream.generate(prompts::stream).limit(pictures).flatMap(all -> all).toList();
    }

    private static void files(
            Found found, ScorerCase files, String name, RewardModelBuilder builder) {
        found.put(
                name, RewardParity.files(builder, files.files("images"), files.strings("prompts")));
    }

    private static void pixels(
            Found found, ScorerCase files, String name, RewardModelBuilder builder) {
        found.put(
                name,
                RewardParity.pixels(builder, files.files("images"), files.strings("prompts")));
    }

    private static void gradients(
            Found found, ScorerCase files, String prefix, String what, RewardModelBuilder model) {
        found.put(
                prefix + "gradient_" + what,
                RewardParity.gradients(found, files, prefix, what, model));
    }

    /** Softmax over the pictures of each prompt: [picture, prompt]. */
    private static float[] probabilities(float[] scores, int prompts) {
        float[] all = new float[scores.length];
        for (int p = 0; p < prompts; p++) {
            double[] column = new double[scores.length / prompts];
            for (int i = 0; i < column.length; i++) {
                column[i] = scores[i * prompts + p];
            }
            double[] softmax = PickScoreProbabilities.of(column);
            for (int i = 0; i < column.length; i++) {
                all[i * prompts + p] = (float) softmax[i];
            }
        }
        return all;
    }

    /** Features and cosines from the case's own pixels and ids. */
    private static void features(
            Found found,
            ScorerCase files,
            Path weights,
            String prefix,
            String pixels,
            DType type,
            Use use) {
        ClipSettings settings =
                ClipSettings.find(List.of(weights), Optional.empty(), Optional.empty());
        Loading loading = new Loading(settings, Devices.tested(), type, use);
        TensorScope scope = ScorerCase.scope();
        try (scope;
                ClipTowers towers = ClipTowers.both(weights, Optional.empty(), loading);
                Expected inputs = Expected.open(files.file("inputs.safetensors"));
                Expected expected = Expected.open(files.file("expected.safetensors"))) {
            NDArray images = towers.features(inputs.get(pixels));
            NDArray texts = towers.textFeatures(inputs.rows("input_ids"));
            found.put(prefix + "image_features", images);
            // The towers give unit features of texts: the length is the reference's.
            NDArray norms = expected.get(prefix + "text_features").norm(new int[] {1}, true);
            found.put(prefix + "text_features", texts.mul(norms));
            NDArray unit = ClipTowers.PROGRAM.call("unit", images);
            found.put(prefix + "cosine", unit.matMul(texts.transpose()));
        }
    }
}
