package io.github.icthp.benchmarks;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.weights.ElementType;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Weights that are drawn when they are read: float32, normal with deviation 0.02. */
record DrawnWeights(Map<String, Shape> shapes) implements Weights {

    private static final double DEVIATION = 0.02;

    /** Values of a tensor that are drawn; the others repeat them, for drawing takes long. */
    private static final int DRAWN = 1 << 16;

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
        int bytes = (int) info(name).bytes();
        ByteBuffer data = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        read(name, 0, data);
        return data.flip();
    }

    /** Draws anew and writes what is asked for alone: readers take large tensors in pieces. */
    @Override
    public void read(String name, long offset, ByteBuffer target) {
        int count = (int) Math.min(DRAWN, shapes.get(name).size());
        ByteBuffer period = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        period.asFloatBuffer().put(values(count, name.hashCode(), DEVIATION));
        int start = (int) (offset % period.capacity());
        while (target.hasRemaining()) {
            int length = Math.min(period.capacity() - start, target.remaining());
            target.put(period.slice(start, length));
            start = 0;
        }
    }

    static float[] values(int count, long seed, double deviation) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i < DRAWN ? (float) (random.nextGaussian() * deviation) : values[i - DRAWN];
        }
        return values;
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public String source() {
        return "drawn weights";
    }

    @Override
    public void close() {}
}
