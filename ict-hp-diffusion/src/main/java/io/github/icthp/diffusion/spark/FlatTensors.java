package io.github.icthp.diffusion.spark;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Trainable;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tensors in a fixed order as one line of float32, little-endian, cut into equal chunks. */
final class FlatTensors implements Serializable {

    private static final long serialVersionUID = 1;

    private final ImmutableList<String> names;

    /** Where each tensor begins, and where the last one ends, in floats. */
    private final long[] begins;

    private final int chunk;

    FlatTensors(List<Trainable> trainables, int chunk) {
        this.names =
                trainables.stream().map(Trainable::name).collect(ImmutableList.toImmutableList());
        this.begins = new long[names.size() + 1];
        for (int i = 0; i < names.size(); i++) {
            begins[i + 1] = begins[i] + trainables.get(i).master().size();
        }
        this.chunk = chunk;
    }

    /** Returns the names in order. */
    ImmutableList<String> names() {
        return names;
    }

    /** Returns each tensor's place in the order by its name. */
    Map<String, Integer> places() {
        return IntStream.range(0, names.size())
                .boxed()
                .collect(Collectors.toMap(names::get, i -> i));
    }

    /** Returns how many chunks there are. */
    int chunks() {
        return (int) ((floats() + chunk - 1) / chunk);
    }

    private long floats() {
        return begins[names.size()];
    }

    private int bytes(int number) {
        return (int) Math.min(chunk, floats() - (long) number * chunk) * Float.BYTES;
    }

    /**
     * Reads tensors. One that is not there is read as negative zeros, which change no sum.
     *
     * @param tensors finds a tensor by its name
     * @return the chunks in order
     */
    byte[][] read(Function<String, Optional<NDArray>> tensors) {
        byte[][] chunks = new byte[chunks()][];
        for (int i = 0; i < chunks.length; i++) {
            chunks[i] = new byte[bytes(i)];
        }
        for (int i = 0; i < names.size(); i++) {
            ByteBuffer values =
                    tensors.apply(names.get(i))
                            .map(Tensors::toBytes)
                            .orElse(negativeZeros((int) (begins[i + 1] - begins[i])));
            long at = begins[i];
            while (values.hasRemaining()) {
                byte[] target = chunks[(int) (at / chunk)];
                int offset = (int) (at % chunk) * Float.BYTES;
                int count = Math.min(values.remaining(), target.length - offset);
                values.get(target, offset, count);
                at += count / Float.BYTES;
            }
        }
        return chunks;
    }

    private static ByteBuffer negativeZeros(int count) {
        float[] zeros = new float[count];
        Arrays.fill(zeros, -0f);
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(zeros);
        return bytes;
    }

    /**
     * Returns a tensor's values.
     *
     * @param place its place in the order
     * @param chunks the chunks in order
     */
    float[] values(int place, byte[][] chunks) {
        float[] values = new float[(int) (begins[place + 1] - begins[place])];
        int done = 0;
        while (done < values.length) {
            long at = begins[place] + done;
            ByteBuffer source =
                    ByteBuffer.wrap(chunks[(int) (at / chunk)]).order(ByteOrder.LITTLE_ENDIAN);
            source.position((int) (at % chunk) * Float.BYTES);
            int count = Math.min(values.length - done, source.remaining() / Float.BYTES);
            source.asFloatBuffer().get(values, done, count);
            done += count;
        }
        return values;
    }
}
