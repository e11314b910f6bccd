package io.github.icthp.testing;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.SplittableRandom;

/** Weights drawn from a seed: float32, of the standard deviation that keeps activations near 1. */
public final class RandomWeights extends NamedShapes {

    private final long seed;

    private RandomWeights(Map<String, Shape> shapes, long seed) {
        super(shapes);
        this.seed = seed;
    }

    /** Weights of the given names and shapes. */
    public static Weights of(Map<String, Shape> shapes, long seed) {
        return new RandomWeights(shapes, seed);
    }

    /** Normal values of a standard deviation, which bfloat16 holds without rounding. */
    public static float[] values(int count, long seed, double deviation) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            float value = (float) (random.nextGaussian() * deviation);
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
        }
        return values;
    }

    @Override
    public ByteBuffer data(String name) {
        Shape shape = info(name).shape();
        int count = (int) shape.size();
        double deviation = shape.dimension() < 2 ? 0.2 : Math.sqrt(shape.get(0) / (double) count);
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values(count, seed ^ name.hashCode(), deviation)) {
            bytes.putFloat(value);
        }
        return bytes.flip();
    }
}
