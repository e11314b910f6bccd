package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.reward.RewardParity;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** ITM and ImageReward as reward models, from folders and files in every published layout. */
class BlipRewardParityTest {

    @TestFactory
    Stream<DynamicTest> itm() {
        return cases("blip_itm")
                .flatMap(
                        files ->
                                Stream.of(
                                        named(files, "transformers", () -> transformers(files)),
                                        named(files, "authors", () -> authors(files))));
    }

    private static void transformers(ScorerCase files) {
        String name = "itm_probability";
        Path base = tokenizer(files);
        Path file = files.file(files.strings("weights").get(0));
        RewardModelBuilder model = RewardModel.itm().weights(files.folder).base(base);
        ScorerCase.Found found = new ScorerCase.Found();
        List<Path> pictures = files.files("images");
        List<String> prompts = files.strings("prompts");
        found.put(name, RewardParity.files(model, pictures, prompts));
        found.put("tensor_path." + name, RewardParity.pixels(model, pictures, prompts));
        found.put("gradient_" + name, RewardParity.gradients(found, files, "", name, model));
        assertTolerated(files, found);
        for (Use use : Use.values()) {
            network(files, new ItmReward(), file, base, use, name);
        }
    }

    private static void authors(ScorerCase files) {
        Path file = files.file(files.strings("weights").get(1));
        RewardModelBuilder model = RewardModel.itm().weights(file).base(tokenizer(files));
        RewardModelBuilder folder =
                RewardModel.itm().weights(file.getParent()).base(tokenizer(files));
        ScorerCase.Found found = new ScorerCase.Found();
        for (RewardModelBuilder named : List.of(model, folder)) {
            found.put(
                    "eps_1e-6.itm_probability",
                    RewardParity.files(named, files.files("images"), files.strings("prompts")));
            assertTolerated(files, found);
        }
    }

    @TestFactory
    Stream<DynamicTest> imageReward() {
        return cases("image_reward")
                .map(files -> named(files, "released", () -> imageReward(files)));
    }

    private static void imageReward(ScorerCase files) {
        Path base = tokenizer(files);
        Path file = files.file(files.strings("weights").get(0));
        RewardModelBuilder model = RewardModel.imageReward().weights(file).base(base);
        ScorerCase.Found found = new ScorerCase.Found();
        List<Path> pictures = files.files("images");
        List<String> prompts = files.strings("prompts");
        found.put("reward", RewardParity.files(model, pictures, prompts));
        found.put("tensor_path.reward", RewardParity.pixels(model, pictures, prompts));
        float[] values = RewardParity.gradients(found, files, "", "reward", model);
        for (int i = 0; i < values.length; i++) {
            found.put("gradient_reward." + i, values[i]);
        }
        RewardModelBuilder folder = RewardModel.imageReward().weights(files.folder).base(base);
        files.json
                .getAsJsonObject("mode_images")
                .asMap()
                .forEach(
                        (mode, picture) ->
                                found.put(
                                        "mode." + mode + ".reward",
                                        RewardParity.files(
                                                folder,
                                                List.of(
                                                        files.scorers()
                                                                .resolve(picture.getAsString())),
                                                prompts.subList(0, 1))));
        assertTolerated(files, found);
        for (Use use : Use.values()) {
            network(files, new ImageReward(), file, base, use, "reward");
        }
    }

    /** The network by itself, for both uses, on pixels of the case's picture files. */
    private static void network(
            ScorerCase files,
            RewardDefinition definition,
            Path weights,
            Path base,
            Use use,
            String name) {
        Map<String, Path> parts = Map.of(RewardSources.WEIGHTS, weights, RewardSources.BASE, base);
        RewardDefinition.Found found =
                definition.find(
                        new RewardSources(parts, Optional.empty(), ImageDecoder.standard(), false));
        assertThat(found.origin().textLength()).isEqualTo(BlipModel.TEXT_LENGTH);
        TensorScope scope = ScorerCase.scope();
        try (scope;
                ScoringNetwork network = found.load(Devices.tested(), DType.FLOAT32, use)) {
            List<String> prompts = files.strings("prompts");
            int pictures = files.files("images").size();
            NDArray pixels = RewardParity.prepared(found.pictures(), files.files("images"));
            double[][] rows =
                    network.score(
                            pixels,
                            ScorerCase.grid(pictures, prompts.size()),
                            Stream.generate(prompts::stream)
                                    .limit(pictures)
                                    .flatMap(all -> all)
                                    .toList());
            ScorerCase.Found scores = new ScorerCase.Found();
            scores.put(name, RewardParity.floats(Stream.of(rows).map(row -> row[0]).toList()));
            assertTolerated(files, scores);
        }
    }

    /** What was found must be within the case's tolerances; other parts of it have other tests. */
    private static void assertTolerated(ScorerCase files, ScorerCase.Found found) {
        try (Expected expected = Expected.open(files.file("expected.safetensors"))) {
            for (String name : found.names()) {
                Expected.assertClose(
                        name,
                        found.get(name),
                        expected.floats(name),
                        files.json
                                .getAsJsonObject("tolerances")
                                .getAsJsonObject(name)
                                .get("suggested_abs_tolerance")
                                .getAsDouble());
            }
        }
    }

    private static Stream<ScorerCase> cases(String area) {
        return Golden.cases("scorers/" + area).stream().map(ScorerCase::new);
    }

    private static Path tokenizer(ScorerCase files) {
        return files.scorers().getParent().resolve(files.json.get("tokenizer").getAsString());
    }

    private static DynamicTest named(
            ScorerCase files, String part, org.junit.jupiter.api.function.Executable body) {
        return DynamicTest.dynamicTest(files.folder.getFileName() + " " + part, body);
    }
}
