package io.github.icthp.diffusion.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.NamedShapes;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** Weights in the authors' layout, put together from weights under diffusers' names. */
public final class OriginalFile extends NamedShapes {

    private final Weights diffusers;
    private final String prefix;
    private final Map<String, Shape> shapes;
    private final Map<String, ByteBuffer> values = new LinkedHashMap<>();

    /** Begins a file whose names all have a prefix. */
    public OriginalFile(Weights diffusers, String prefix) {
        this(diffusers, prefix, new LinkedHashMap<>());
    }

    private OriginalFile(Weights diffusers, String prefix, Map<String, Shape> shapes) {
        super(shapes);
        this.shapes = shapes;
        this.diffusers = diffusers;
        this.prefix = prefix;
    }

    /** Adds a layer: the weights, and the biases, of others one behind the other. */
    public OriginalFile layer(String name, String... parts) {
        for (String suffix : new String[] {".weight", ".bias"}) {
            String[] tensors = new String[parts.length];
            for (int i = 0; i < parts.length; i++) {
                tensors[i] = parts[i] + suffix;
            }
            tensor(name + suffix, tensors);
        }
        return this;
    }

    /** Adds a layer whose shift and scale come in the other order. */
    public OriginalFile swapped(String name, String from) {
        for (String suffix : new String[] {".weight", ".bias"}) {
            TensorInfo info = diffusers.info(from + suffix);
            ByteBuffer whole = diffusers.data(from + suffix);
            int half = whole.remaining() / 2;
            ByteBuffer other = ByteBuffer.allocateDirect(whole.remaining());
            other.put(whole.slice(half, half)).put(whole.slice(0, half)).flip();
            add(name + suffix, info.shape(), other);
        }
        return this;
    }

    /** Adds a tensor: others one behind the other. */
    public OriginalFile tensor(String name, String... parts) {
        long[] shape = diffusers.info(parts[0]).shape().getShape().clone();
        long rows = 0;
        int bytes = 0;
        for (String part : parts) {
            rows += diffusers.info(part).shape().get(0);
            bytes += (int) diffusers.info(part).bytes();
        }
        shape[0] = rows;
        ByteBuffer whole = ByteBuffer.allocateDirect(bytes);
        for (String part : parts) {
            whole.put(diffusers.data(part));
        }
        add(name, new Shape(shape), whole.flip());
        return this;
    }

    /** Adds a tensor of another model. */
    public OriginalFile stranger(String name) {
        shapes.put(name, new Shape(1));
        values.put(name, ByteBuffer.allocateDirect(4));
        return this;
    }

    private void add(String name, Shape shape, ByteBuffer data) {
        shapes.put(prefix + name, shape);
        values.put(prefix + name, data.order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Asserts that translated weights are those that this file was made from. */
    public void assertTranslated(Weights translated) {
        assertThat(translated.names()).isEqualTo(diffusers.names());
        for (String name : diffusers.names()) {
            assertThat(translated.info(name)).isEqualTo(diffusers.info(name));
            ByteBuffer expected = diffusers.data(name);
            assertThat(translated.data(name)).as(name).isEqualTo(expected);
            int offset = expected.remaining() / 3;
            ByteBuffer part = ByteBuffer.allocate(expected.remaining() - 2 * offset);
            translated.read(name, offset, part);
            assertThat(part.flip()).as(name).isEqualTo(expected.slice(offset, part.remaining()));
        }
    }

    @Override
    public ByteBuffer data(String name) {
        return values.get(name).duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
