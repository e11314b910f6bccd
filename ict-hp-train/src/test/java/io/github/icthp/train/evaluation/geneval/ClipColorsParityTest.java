package io.github.icthp.train.evaluation.geneval;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.PixelBatch;
import io.github.icthp.image.RgbImage;
import io.github.icthp.mask2former.ObjectMask;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Compares crops, classifiers, logits and answers with the original's, in both layouts. */
class ClipColorsParityTest {

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("geneval/colour").stream()
                .flatMap(
                        folder ->
                                Stream.of("model.safetensors", "open_clip_model.safetensors")
                                        .map(
                                                file ->
                                                        DynamicTest.dynamicTest(
                                                                folder.getFileName() + " " + file,
                                                                () ->
                                                                        new Case(folder, file)
                                                                                .check())));
    }

    private static final class Case {

        private final Path folder;
        private final String weights;
        private final JsonObject json;
        private final RgbImage picture;

        Case(Path folder, String weights) {
            this.folder = folder;
            this.weights = weights;
            this.json = Golden.json(folder.resolve("case.json"));
            this.picture = decode("picture.png");
        }

        private RgbImage decode(String file) {
            return ImageDecoder.standard().decode(folder.resolve(file));
        }

        void check() {
            try (ClipColors colors =
                            ClipColors.load(
                                    folder.resolve("clip").resolve(weights),
                                    Optional.of(folder.resolve("clip")),
                                    Devices.tested(),
                                    DType.FLOAT32);
                    Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
                List<RgbImage> crops = crops();
                checkPixels(colors.prepare(crops), expected);
                float[][] features = colors.features(crops);
                compare("image_features", flat(features), expected);
                List<String> classes = strings(json.getAsJsonArray("classes"));
                for (int i = 0; i < classes.size(); i++) {
                    checkClass(classes.get(i), i, colors, features, expected);
                }
            }
        }

        private void checkClass(
                String name, int i, ClipColors colors, float[][] features, Expected expected) {
            assertThat(ClipColors.texts(name))
                    .isEqualTo(strings(json.getAsJsonObject("texts").getAsJsonArray(name)));
            compare("classifier." + i, transposed(colors.classifier(name)), expected);
            double[][] logits = colors.logits(name, features);
            float[] flat = new float[logits.length * logits[0].length];
            for (int k = 0; k < flat.length; k++) {
                flat[k] = (float) logits[k / logits[0].length][k % logits[0].length];
            }
            compare("logits." + i, flat, expected);
            List<String> answers = new ArrayList<>();
            for (JsonElement item : json.getAsJsonArray("items")) {
                answers.add(
                        item.getAsJsonObject().getAsJsonObject("colours").get(name).getAsString());
            }
            assertThat(ClipColors.colors(logits)).isEqualTo(answers);
        }

        private List<RgbImage> crops() {
            List<RgbImage> crops = new ArrayList<>();
            for (JsonElement element : json.getAsJsonArray("items")) {
                JsonObject item = element.getAsJsonObject();
                RgbImage crop = crop(item);
                assertThat(crop)
                        .as("case %s", item.get("case"))
                        .isEqualTo(decode(item.get("crop").getAsString()));
                crops.add(crop);
            }
            assertThat(crops).isNotEmpty();
            return crops;
        }

        private RgbImage crop(JsonObject item) {
            JsonObject options = item.getAsJsonObject("options");
            JsonArray box = item.getAsJsonArray("box");
            boolean masked = !options.has("mask");
            return new ColorCrops(background(options), !options.has("crop"))
                    .cut(
                            picture,
                            masked ? Optional.of(mask(item.get("object"))) : Optional.empty(),
                            new Detection(
                                    box.get(0).getAsFloat(),
                                    box.get(1).getAsFloat(),
                                    box.get(2).getAsFloat(),
                                    box.get(3).getAsFloat(),
                                    box.get(4).getAsFloat()));
        }

        private static OptionalInt background(JsonObject options) {
            String color = options.has("bgcolor") ? options.get("bgcolor").getAsString() : "#999";
            return switch (color) {
                case "original" -> OptionalInt.empty();
                case "black" -> OptionalInt.of(0);
                case "#999" -> ColorCrops.PUBLISHED.background();
                default -> throw new AssertionError("no such background here: " + color);
            };
        }

        private ObjectMask mask(JsonElement object) {
            RgbImage image = decode("masks/" + object.getAsInt() + ".png");
            BitSet pixels = new BitSet();
            byte[] rgb = image.rgb();
            for (int i = 0; i < rgb.length; i += 3) {
                pixels.set(i / 3, rgb[i] != 0);
            }
            return ObjectMask.of(image.width(), image.height(), pixels);
        }

        private void checkPixels(PixelBatch batch, Expected expected) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        float[] first = expected.floats("pixel_values");
                        float[] own =
                                Tensors.toFloats(
                                        Tensors.wrap(
                                                batch.data(),
                                                DType.FLOAT32,
                                                new Shape(batch.shape())));
                        Expected.assertClose(
                                "pixel_values",
                                java.util.Arrays.copyOf(own, first.length),
                                first,
                                3e-6);
                    });
        }

        private void compare(String name, float[] actual, Expected expected) {
            double tolerance =
                    json.getAsJsonObject("tolerances")
                            .getAsJsonObject(name)
                            .get("suggested_abs_tolerance")
                            .getAsDouble();
            Expected.assertClose(name, actual, expected.floats(name), tolerance);
        }

        private static float[] flat(float[][] rows) {
            return com.google.common.primitives.Floats.concat(rows);
        }

        private static float[] transposed(float[][] rows) {
            float[] flat = new float[rows.length * rows[0].length];
            for (int i = 0; i < flat.length; i++) {
                flat[i] = rows[i % rows.length][i / rows.length];
            }
            return flat;
        }

        private static List<String> strings(JsonArray array) {
            return array.asList().stream().map(JsonElement::getAsString).toList();
        }
    }

    @TestFactory
    Stream<DynamicTest> answersInAPicture() {
        return Golden.cases("geneval/colour").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> checkAnswers(new Case(folder, "model.safetensors"))));
    }

    private static void checkAnswers(Case test) {
        JsonObject item =
                test.json.getAsJsonArray("items").asList().stream()
                        .map(JsonElement::getAsJsonObject)
                        .filter(one -> one.getAsJsonObject("options").isEmpty())
                        .findFirst()
                        .orElseThrow();
        JsonArray box = item.getAsJsonArray("box");
        Detection detection =
                new Detection(
                        box.get(0).getAsFloat(),
                        box.get(1).getAsFloat(),
                        box.get(2).getAsFloat(),
                        box.get(3).getAsFloat(),
                        box.get(4).getAsFloat());
        try (ClipColors colors =
                ClipColors.load(
                        test.folder.resolve("clip"),
                        Optional.empty(),
                        Devices.tested(),
                        DType.FLOAT32)) {
            for (String name : Case.strings(test.json.getAsJsonArray("classes"))) {
                ColorAnswers answers =
                        colors.in(
                                test.picture, Map.of(name, List.of(test.mask(item.get("object")))));
                assertThat(answers.of(name, List.of(new FoundObject(0, detection))))
                        .containsExactly(item.getAsJsonObject("colours").get(name).getAsString());
            }
        }
    }
}
