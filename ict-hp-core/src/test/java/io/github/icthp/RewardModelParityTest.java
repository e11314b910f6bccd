package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The whole way from image files and prompts to scores. */
class RewardModelParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("reward", "expected.json").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () ->
                                                check(
                                                        Golden.unpack(
                                                                folder,
                                                                temporary.resolve(
                                                                        folder.getFileName())))));
    }

    private static void check(Path folder) {
        JsonObject json = Golden.json(folder.resolve("expected.json"));
        JsonObject expected = json.getAsJsonObject("pil_path");
        double tolerance = json.getAsJsonObject("tolerance").get("scores_absolute").getAsDouble();
        List<String> prompts = strings(json.getAsJsonArray("prompts"));
        List<Path> images =
                strings(json.getAsJsonArray("image_files")).stream()
                        .map(name -> Golden.area("").resolve(name))
                        .toList();
        Path base = tokenizerFor(folder);
        List<PromptImage> pairs = new ArrayList<>();
        images.forEach(image -> prompts.forEach(p -> pairs.add(PromptImage.of(p, image))));
        try (RewardModel model =
                        RewardModel.combined()
                                .ict(folder)
                                .hp(folder)
                                .base(base)
                                .device(Devices.tested())
                                .precision(Precision.FP32)
                                .batch(5)
                                .build();
                Stream<RewardScore> scores = model.scoreAll(pairs.stream())) {
            List<RewardScore> all = scores.toList();
            assertThat(all).hasSameSizeAs(pairs);
            for (int i = 0; i < all.size(); i++) {
                int image = i / prompts.size();
                int prompt = i % prompts.size();
                RewardScore score = all.get(i);
                assertThat(score.prompt()).isEqualTo(prompts.get(prompt));
                assertThat(score.image()).isEqualTo(images.get(image).toString());
                assertThat(score.ict())
                        .isCloseTo(at(expected, "ict", image, prompt), within(tolerance));
                assertThat(score.hp())
                        .isCloseTo(
                                expected.getAsJsonArray("hp").get(image).getAsDouble(),
                                within(tolerance));
                assertThat(score.value())
                        .isCloseTo(at(expected, "combined", image, prompt), within(tolerance));
                for (var theta : expected.getAsJsonObject("thresholded").entrySet()) {
                    double value =
                            theta.getValue()
                                    .getAsJsonArray()
                                    .get(image)
                                    .getAsJsonArray()
                                    .get(prompt)
                                    .getAsDouble();
                    double threshold = Double.parseDouble(theta.getKey());
                    assertThat(score.thresholdedIct(threshold))
                            .isCloseTo(value, within(tolerance / threshold));
                }
            }
        }
    }

    /** Cases with the small vocabulary need the small tokenizer in their base folder. */
    private static Path tokenizerFor(Path folder) {
        Path base = folder.resolve("base");
        int vocabulary =
                Golden.json(base.resolve("config.json"))
                        .getAsJsonObject("text_config")
                        .get("vocab_size")
                        .getAsInt();
        Path small = Golden.area("tokenizer/small");
        if (vocabulary < 49408) {
            Golden.unpack(small, base);
            assertThat(Files.exists(base.resolve("tokenizer.json"))).isTrue();
        }
        return base;
    }

    private static double at(JsonObject json, String name, int image, int prompt) {
        return json.getAsJsonArray(name).get(image).getAsJsonArray().get(prompt).getAsDouble();
    }

    private static List<String> strings(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonElement::getAsString)
                .toList();
    }
}
