package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.RandomWeights;
import io.github.icthp.weights.Weights.Rows;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

class RowWeightsTest {

    private static final Weights ORIGINALS =
            RandomWeights.of(
                    Map.of(
                            "a", new Shape(3, 2),
                            "b", new Shape(4, 2),
                            "scalar", new Shape(),
                            "empty", new Shape(0, 2)),
                    1);

    @Test
    void renamedTensorsKeepShapeAndValues() {
        Map<String, String> names = Map.of("A", "a", "one", "scalar", "none", "empty");
        Weights renamed = ORIGINALS.renamed(names);
        assertThat(renamed.names()).isEqualTo(names.keySet());
        names.forEach(
                (name, original) -> {
                    assertThat(renamed.info(name))
                            .isEqualTo(ORIGINALS.info(original).withName(name));
                    assertThat(renamed.data(name)).as(name).isEqualTo(ORIGINALS.data(original));
                    assertThat(read(renamed, name, 0)).as(name).isEqualTo(ORIGINALS.data(original));
                });
    }

    @Test
    void rowsOfSeveralTensorsAreOne() {
        Weights view =
                ORIGINALS.ofRows(
                        Map.of("x", List.of(new Rows("b", 1, 2), Rows.all(ORIGINALS.info("a")))));
        assertThat(view.info("x").shape()).isEqualTo(new Shape(5, 2));
        ByteBuffer expected = ByteBuffer.allocate(40);
        expected.put(ORIGINALS.data("b").slice(8, 16)).put(ORIGINALS.data("a")).flip();
        assertThat(view.data("x")).isEqualTo(expected);
        for (int offset = 0; offset < 40; offset++) {
            assertThat(read(view, "x", offset)).isEqualTo(expected.slice(offset, 40 - offset));
        }
    }

    @Test
    void rowsThatAreNotThereAreRefused() {
        assertThatThrownBy(() -> ORIGINALS.ofRows(Map.of("x", List.of(new Rows("a", 2, 2)))))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("a F32[3, 2] has no rows")
                .hasMessageContaining("for x");
        assertThatThrownBy(() -> ORIGINALS.ofRows(Map.of("x", List.of(new Rows("scalar", 0, 2)))))
                .isInstanceOf(WeightsFormatException.class);
        Weights renamed = ORIGINALS.renamed(Map.of("A", "a"));
        assertThatThrownBy(() -> renamed.info("a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no tensor named 'a' among 1");
        assertThatThrownBy(() -> renamed.read("A", 4, ByteBuffer.allocate(24)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot read 24 bytes from byte 4, the tensor has 24");
    }

    private static ByteBuffer read(Weights weights, String name, int offset) {
        ByteBuffer values = ByteBuffer.allocate((int) weights.info(name).bytes() - offset);
        weights.read(name, offset, values);
        return values.flip();
    }
}
