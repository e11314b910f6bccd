package io.github.icthp.mask2former;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.mask2former.DetectorPixels.Size;
import io.github.icthp.mask2former.DetectorPixels.Sizes;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Compares objects, their masks and scores with mmdet's fusion head. */
class InstancesParityTest {

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("geneval/postprocess").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(), () -> check(folder)));
    }

    private static void check(Path folder) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        JsonObject expected = Golden.json(folder.resolve("expected.json"));
        Sizes sizes =
                new Sizes(
                        size(json, "ori_shape"),
                        size(json, "img_shape"),
                        size(json, "batch_input_shape"));
        JsonObject tolerances = json.getAsJsonObject("tolerances");
        TensorScope scope = TensorScope.open(ai.djl.Device.cpu());
        try (scope;
                Expected inputs = Expected.open(folder.resolve("inputs.safetensors"))) {
            NDArray classes = inputs.get("class_logits");
            NDArray masks = inputs.get("mask_logits");
            List<DetectedObject> all = Instances.of(classes, masks, sizes, 0);
            checkObjects(all, expected.getAsJsonArray("instances"), suggested(tolerances, "score"));
            checkMasks(all, expected.getAsJsonObject("mask_of_query"), sizes.original());
            JsonObject counts = json.getAsJsonObject("instances_above_threshold");
            for (String threshold : counts.keySet()) {
                assertThat(Instances.of(classes, masks, sizes, Double.parseDouble(threshold)))
                        .hasSize(counts.get(threshold).getAsInt());
            }
            checkResized(folder, masks, sizes, suggested(tolerances, "resized_mask_logits"));
        }
    }

    private static double suggested(JsonObject tolerances, String name) {
        return tolerances.getAsJsonObject(name).get("suggested_abs_tolerance").getAsDouble();
    }

    private static void checkResized(Path folder, NDArray masks, Sizes sizes, double tolerance) {
        Path file = folder.resolve("expected.safetensors");
        if (Files.exists(file)) {
            try (Expected expected = Expected.open(file)) {
                NDArray resized = Instances.resize(masks.get(0), sizes).expandDims(0);
                for (int q = 1; q < 4; q++) {
                    resized = resized.concat(Instances.resize(masks.get(q), sizes).expandDims(0));
                }
                expected.assertClose("resized_mask_logits_of_first_4_queries", resized, tolerance);
            }
        }
    }

    private static Size size(JsonObject json, String name) {
        JsonArray size = json.getAsJsonArray(name);
        return new Size(size.get(0).getAsInt(), size.get(1).getAsInt());
    }

    private static void checkObjects(
            List<DetectedObject> objects, JsonArray expected, double tolerance) {
        assertThat(objects).hasSize(expected.size());
        Map<String, DetectedObject> byKey = new HashMap<>();
        objects.forEach(object -> byKey.put(object.label() + "/" + object.query(), object));
        for (JsonElement element : expected) {
            JsonObject json = element.getAsJsonObject();
            String key = json.get("label").getAsInt() + "/" + json.get("query").getAsInt();
            DetectedObject object = byKey.get(key);
            assertThat(object).as(key).isNotNull();
            assertThat((double) object.score())
                    .as(key)
                    .isCloseTo(json.get("score").getAsDouble(), within(tolerance));
            List<Float> box = new ArrayList<>();
            json.getAsJsonArray("box").forEach(side -> box.add(side.getAsFloat()));
            assertThat(List.of(object.left(), object.top(), object.right(), object.bottom()))
                    .as(key)
                    .isEqualTo(box);
        }
        for (int i = 1; i < objects.size(); i++) {
            assertThat(objects.get(i).score()).isLessThanOrEqualTo(objects.get(i - 1).score());
        }
    }

    private static void checkMasks(List<DetectedObject> objects, JsonObject runs, Size size) {
        for (DetectedObject object : objects) {
            JsonArray lengths = runs.getAsJsonArray(String.valueOf(object.query()));
            assertThat(lengths).as("query %s", object.query()).isNotNull();
            int at = 0;
            boolean on = false;
            for (JsonElement length : lengths) {
                for (int i = 0; i < length.getAsInt(); i++, at++) {
                    assertThat(object.mask().covers(at % size.width(), at / size.width()))
                            .as("query %s at %s", object.query(), at)
                            .isEqualTo(on);
                }
                on = !on;
            }
            assertThat(at).isEqualTo(size.height() * size.width());
        }
    }
}
