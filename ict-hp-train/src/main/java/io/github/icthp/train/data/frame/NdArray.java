package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.Buildable;
import io.github.icthp.weights.pickle.Global;
import io.github.icthp.weights.pickle.None;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A numpy array of one or two axes. A block of columns is (columns, rows); a single column is
 * (rows).
 */
final class NdArray implements Buildable, BlockValues {

    private @Nullable DType type;
    private long[] shape = {};
    private boolean fortran;
    private byte[] bytes = {};
    private List<?> objects = List.of();

    /** Makes an array whose content {@link #setState} will bring. */
    NdArray() {}

    NdArray(DType type, long[] shape, byte[] bytes) {
        this.type = type;
        this.shape = shape;
        this.bytes = bytes;
        check();
    }

    /** Stands for {@code numpy.core.numeric._frombuffer(buffer, dtype, shape, order)}. */
    static NdArray fromBuffer(Arguments arguments) {
        NdArray array =
                new NdArray(
                        arguments.get(1, DType.class),
                        arguments.get(2, Tuple.class).toLongs(),
                        arguments.get(0, byte[].class));
        array.fortran = arguments.text(3).equals("F");
        return array;
    }

    /** Takes numpy's tuple of version, shape, type, Fortran order, and bytes or objects. */
    @Override
    public void setState(Object state) {
        if (!(state instanceof Tuple parts)
                || parts.size() != 5
                || !(parts.get(1) instanceof Tuple axes)) {
            throw new PickleFormatException(
                    "an array's state must be version, shape, type, order and content");
        }
        type = parts.get(2) instanceof DType dtype ? dtype : DType.unknown();
        shape = axes.toLongs();
        fortran = Boolean.TRUE.equals(parts.get(3));
        if (parts.get(4) instanceof List<?> list) {
            objects = list;
        } else if (parts.get(4) instanceof byte[] raw) {
            bytes = raw;
        }
        check();
    }

    /** Whatever an array says of itself, it must be there; how it is used is seen later. */
    private void check() {
        if (type == null) {
            throw new PickleFormatException("an array without a type");
        }
        long elements = 1;
        for (long axis : shape) {
            if (axis < 0 || axis > Integer.MAX_VALUE) {
                throw new PickleFormatException("an array cannot have an axis of " + axis);
            }
            elements = Math.multiplyExact(elements, axis);
        }
        long there =
                type.isObject()
                        ? objects.size()
                        : type.size() == 0 ? elements : bytes.length / type.size();
        if (elements != there) {
            throw new PickleFormatException(
                    String.format(
                            Locale.ROOT, "an array of %d elements holds %d", elements, there));
        }
    }

    @Override
    public Optional<String> unreadable() {
        return type == null ? Optional.empty() : type.unreadable();
    }

    @Override
    public int columns() {
        return shape.length == 1 ? 1 : (int) axis(0);
    }

    @Override
    public int rows() {
        return (int) axis(shape.length - 1);
    }

    private long axis(int index) {
        if (type == null) {
            throw new PickleFormatException("an array was used before it had content");
        }
        if (shape.length < 1 || shape.length > 2) {
            throw new PickleFormatException(
                    "an array of one or two axes expected, got " + shape.length);
        }
        return shape[index];
    }

    @Override
    public @Nullable Object get(int column, int row) {
        int index = fortran ? row * columns() + column : column * rows() + row;
        return type == null || type.isObject()
                ? plain(objects.get(index))
                : type.decode(bytes, index);
    }

    /** Makes a missing value null; NA and None and, as pandas has it, NaN among objects. */
    private static @Nullable Object plain(Object value) {
        boolean missing =
                value == None.NONE
                        || (value instanceof Double number && number.isNaN())
                        || (value instanceof Global global && global.name().endsWith(".NA"));
        return missing ? null : value;
    }
}
