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
        return TensorScope.call(ai.djl.Device.cpu(), () -> Tensors.toFloats(get(name)));
    }

    /** Reads rows of integers. */
    public long[][] rows(String name) {
        return TensorScope.call(
                ai.djl.Device.cpu(),
                () -> {
                    NDArray tensor = get(name);
                    long[] flat = tensor.toLongArray();
                    int width = (int) tensor.getShape().get(1);
                    long[][] rows = new long[flat.length / width][];
                    for (int i = 0; i < rows.length; i++) {
                        rows[i] = java.util.Arrays.copyOfRange(flat, i * width, (i + 1) * width);
                    }
                    return rows;
                });
    }

    /** Asserts that a tensor equals the one named, to an absolute tolerance, and its shape too. */
    public void assertClose(String name, NDArray actual, double tolerance) {
        assertThat(actual.getShape()).as(name).isEqualTo(weights.info(name).shape());
        assertClose(name, Tensors.toFloats(actual), floats(name), tolerance);
    }

    /**
     * Asserts that elements agree to an absolute tolerance. An element that is not a number agrees
     * with nothing, and an infinite one only with itself.
     */
    public static void assertClose(
            String name, float[] actual, float[] expected, double tolerance) {
        assertThat(tolerance).as("%s: tolerance", name).isFinite();
        assertThat(actual).as(name).hasSameSizeAs(expected);
        int at = worst(actual, expected);
        if (at >= 0) {
            assertThat(difference(actual[at], expected[at]))
                    .as(
                            "%s: largest difference, at %s: %s for %s",
                            name, String.valueOf(at), actual[at], expected[at])
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    /** The place of the largest difference, NaN above all; -1 of no elements. */
    private static int worst(float[] actual, float[] expected) {
        int at = -1;
        double worst = -1;
        for (int i = 0; i < expected.length; i++) {
            double difference = difference(actual[i], expected[i]);
            // Double.compare orders NaN above infinity, where < and > would lose it
            if (Double.compare(difference, worst) > 0) {
                worst = difference;
                at = i;
            }
        }
        return at;
    }

    private static double difference(float actual, float expected) {
        return actual == expected ? 0 : Math.abs((double) actual - expected);
    }

    @Override
    public void close() {
        weights.close();
    }
}
