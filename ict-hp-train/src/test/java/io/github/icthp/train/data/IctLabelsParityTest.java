package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.stream.Stream;

class IctLabelsParityTest {

    /** Double arithmetic on both sides. */
    private static final Offset<Double> ROUNDING = within(1e-12);

    @TestFactory
    Stream<DynamicTest> labels() {
        return Golden.cases("training/labels").stream().flatMap(IctLabelsParityTest::perTheta);
    }

    private static Stream<DynamicTest> perTheta(Path folder) {
        JsonObject given = Golden.json(folder.resolve("case.json"));
        return given.getAsJsonArray("results").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(
                        result ->
                                dynamicTest(
                                        folder.getFileName() + " theta " + result.get("theta"),
                                        () -> compare(given, result)));
    }

    private static void compare(JsonObject given, JsonObject result) {
        IctLabels labels = new IctLabels(result.get("theta").getAsDouble());
        JsonObject expected = result.getAsJsonObject("labels");
        JsonArray rejected = given.getAsJsonArray("clip_I1_Peasy");
        assertThat(rejected).isNotEmpty();
        for (int i = 0; i < rejected.size(); i++) {
            ClipScores scores =
                    new ClipScores(
                            at(given, "clip_I1_Peasy", i),
                            at(given, "clip_I2_Peasy", i),
                            at(given, "cos_Peasy_Prefined", i));
            IctTargets targets = labels.targets(scores);
            assertThat(labels.similarity(scores.rejected()))
                    .isCloseTo(at(expected, "C1", i), ROUNDING);
            assertThat(labels.similarity(scores.preferred()))
                    .isCloseTo(at(expected, "C2", i), ROUNDING);
            assertThat(targets.e1()).isCloseTo(at(expected, "E1", i), ROUNDING);
            assertThat(targets.e2()).isCloseTo(at(expected, "E2", i), ROUNDING);
            assertThat(targets.e3()).isCloseTo(at(expected, "E3", i), ROUNDING);
            assertThat(targets.r1()).isCloseTo(at(expected, "R1", i), ROUNDING);
            assertThat(targets.r2()).isCloseTo(at(expected, "R2", i), ROUNDING);
            assertThat(targets.r3()).isCloseTo(at(expected, "R3", i), ROUNDING);
        }
    }

    private static double at(JsonObject columns, String name, int row) {
        return columns.getAsJsonArray(name).get(row).getAsDouble();
    }
}
