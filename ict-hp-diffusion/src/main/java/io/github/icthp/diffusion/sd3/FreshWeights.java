package io.github.icthp.diffusion.sd3;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.training.Seeds;
import io.github.icthp.weights.ElementType;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The weights that training begins with, in float32 (Peebles and Xie 2022, "Scalable Diffusion
 * Models with Transformers", section 3.2). Every tensor draws from a seed of its own.
 */
final class FreshWeights implements Weights {

    private static final double TIME_DEVIATION = 0.02;

    private final Sd3Config config;
    private final Map<String, Shape> shapes;
    private final long seed;

    FreshWeights(Sd3Config config, long seed) {
        this.config = config;
        this.shapes = Sd3Transformer.shapes(config);
        this.seed = seed;
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
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(info(name).bytes()))
                        .order(ByteOrder.LITTLE_ENDIAN);
        fill(name, bytes.asFloatBuffer());
        return bytes;
    }

    private void fill(String name, FloatBuffer values) {
        if (name.equals(Sd3Transformer.POSITIONS)) {
            positions(values);
        } else if (shapes.get(name).dimension() == 1) {
            constant(values, name.endsWith(".weight") ? 1 : 0);
        } else if (name.contains("norm") || name.startsWith("proj_out")) {
            constant(values, 0);
        } else {
            random(name, values);
        }
    }

    private static void constant(FloatBuffer values, float value) {
        while (values.hasRemaining()) {
            values.put(value);
        }
    }

    private void random(String name, FloatBuffer values) {
        SplittableRandom random = Seeds.random(seed, 0, name);
        boolean time = name.contains("timestep_embedder");
        long out = shapes.get(name).get(0);
        double bound = Math.sqrt(6.0 / (out + values.remaining() / (double) out));
        while (values.hasRemaining()) {
            double value =
                    time
                            ? random.nextGaussian() * TIME_DEVIATION
                            : (2 * random.nextDouble() - 1) * bound;
            values.put((float) value);
        }
    }

    /**
     * Sines, then cosines, of a patch's column, then of its row, over frequencies from 1 down to 1
     * / 10000: one step of position a patch.
     */
    private void positions(FloatBuffer values) {
        for (int row = 0; row < config.positionSide(); row++) {
            for (int column = 0; column < config.positionSide(); column++) {
                waves(values, column);
                waves(values, row);
            }
        }
    }

    private void waves(FloatBuffer values, int position) {
        int frequencies = config.width() / 4;
        for (int part = 0; part < 2; part++) {
            for (int i = 0; i < frequencies; i++) {
                double angle = position / Math.pow(10_000, i / (double) frequencies);
                values.put((float) (part == 0 ? Math.sin(angle) : Math.cos(angle)));
            }
        }
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public String source() {
        return "weights drawn from seed " + seed;
    }

    @Override
    public void close() {}
}
