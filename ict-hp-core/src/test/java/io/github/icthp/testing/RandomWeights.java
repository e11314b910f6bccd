package io.github.icthp.testing;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.weights.ElementType;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Weights drawn from a seed: float32, of the standard deviation that keeps activations near 1. */
public final class RandomWeights implements Weights {

    private final Map<String, Shape> shapes;
    private final long seed;

    private RandomWeights(Map<String, Shape> shapes, long seed) {
        this.shapes = shapes;
        this.seed = seed;
    }

    /** Weights of the given names and shapes. */
    public static Weights of(Map<String, Shape> shapes, long seed) {
        return new RandomWeights(shapes, seed);
    }

    /** Normal values of a standard deviation. */
    public static float[] values(int count, long seed, double deviation) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    @Override
    public Set<String> names() {
        return shapes.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return new TensorInfo(name, ElementType.F32, shapes.get(name));
    }

    @Override
    public ByteBuffer data(String name) {
        Shape shape = shapes.get(name);
        int count = (int) shape.size();
        double deviation = shape.dimension() < 2 ? 0.2 : Math.sqrt(shape.get(0) / (double) count);
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values(count, seed ^ name.hashCode(), deviation)) {
            bytes.putFloat(value);
        }
        return bytes.flip();
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public String source() {
        return "random weights";
    }

    @Override
    public void close() {}
}
