package io.github.icthp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.Set;

/** Tensors of a golden file, and comparison against them. */
public final class Expected implements AutoCloseable {

    private final Weights weights;

    private Expected(Weights weights) {
        this.weights = weights;
    }

    /** Opens a safetensors file. */
    public static Expected open(Path file) {
        return new Expected(Weights.open(file));
    }

    /** The names of its tensors. */
    public Set<String> names() {
        return weights.names();
    }

    /** Reads a tensor, owned by the innermost scope. */
    public NDArray get(String name) {
        return TensorReader.read(weights, name);
    }

    /** Reads a tensor's elements as float32. */
    public float[] floats(String name) {
        try (TensorScope scope = TensorScope.open(ai.djl.Device.cpu())) {
            assertThat(scope.manager().isOpen()).isTrue();
            return Tensors.toFloats(get(name));
        }
    }

    /** Reads rows of integers. */
    public long[][] rows(String name) {
        try (TensorScope scope = TensorScope.open(ai.djl.Device.cpu())) {
            assertThat(scope.manager().isOpen()).isTrue();
            NDArray tensor = get(name);
            long[] flat = tensor.toLongArray();
            int width = (int) tensor.getShape().get(1);
            long[][] rows = new long[flat.length / width][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = java.util.Arrays.copyOfRange(flat, i * width, (i + 1) * width);
            }
            return rows;
        }
    }

    /** Asserts that a tensor equals the one named, to an absolute tolerance, and its shape too. */
    public void assertClose(String name, NDArray actual, double tolerance) {
        assertThat(actual.getShape()).as(name).isEqualTo(weights.info(name).shape());
        assertClose(name, Tensors.toFloats(actual), floats(name), tolerance);
    }

    /** Asserts that elements agree to an absolute tolerance. */
    public static void assertClose(
            String name, float[] actual, float[] expected, double tolerance) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        double worst = 0;
        int at = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            if (!(difference <= worst)) {
                worst = difference;
                at = i;
            }
        }
        assertThat(worst)
                .as(
                        "%s: largest difference, at %d: %s for %s",
                        name,
                        at,
                        actual.length == 0 ? "-" : actual[at],
                        expected.length == 0 ? "-" : expected[at])
                .isLessThanOrEqualTo(tolerance);
    }

    @Override
    public void close() {
        weights.close();
    }
}
