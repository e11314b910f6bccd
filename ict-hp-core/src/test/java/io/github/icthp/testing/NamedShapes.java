package io.github.icthp.testing;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.weights.ElementType;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;

/**
 * Names and shapes of float32 weights, without values: what is about values overrides {@link
 * #data}.
 */
public class NamedShapes implements Weights {

    private final Map<String, Shape> shapes;

    /** Weights of the given names and shapes. */
    public NamedShapes(Map<String, Shape> shapes) {
        this.shapes = shapes;
    }

    @Override
    public final Set<String> names() {
        return shapes.keySet();
    }

    @Override
    public final TensorInfo info(String name) {
        return new TensorInfo(name, ElementType.F32, shapes.get(name));
    }

    @Override
    public ByteBuffer data(String name) {
        throw new AssertionError("the values of " + name + " were asked for");
    }

    @Override
    public final Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public final String source() {
        return "made for a test";
    }

    @Override
    public final void close() {}
}
