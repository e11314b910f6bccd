package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.Buildable;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Tuple;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;

/** A numpy element type: a letter for its kind, its size in bytes, and its byte order. */
final class DType implements Buildable {

    private final String name;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    /** Takes the name as numpy writes it, for example {@code f8} or {@code O8}. */
    DType(Arguments arguments) {
        this(arguments.get(0, Object.class) instanceof String text ? text : "?");
    }

    private DType(String name) {
        this.name = name.isEmpty() ? "?" : name;
    }

    /** Returns a type that is none of numpy's own. */
    static DType unknown() {
        return new DType("?");
    }

    /** Takes numpy's tuple of version, byte order and fields of structured types. */
    @Override
    public void setState(Object state) {
        if (!(state instanceof Tuple parts) || parts.size() < 2) {
            throw new PickleFormatException("a dtype's state must be a tuple");
        }
        order = parts.get(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** Returns whether elements are Python objects, pickled one by one. */
    boolean isObject() {
        return name.startsWith("O");
    }

    /** Returns the name if elements cannot be decoded here. */
    Optional<String> unreadable() {
        return isObject() || size() > 0 ? Optional.empty() : Optional.of("numpy " + word());
    }

    private String word() {
        return switch (name.charAt(0)) {
            case 'M' -> "datetime64";
            case 'm' -> "timedelta64";
            case 'c' -> "complex (" + name + ")";
            case 'U', 'S' -> "fixed-width text (" + name + ")";
            case 'V' -> "structured (" + name + ")";
            default -> "'" + name + "'";
        };
    }

    /** Returns the bytes of one element; for types that frames of ours do not need, any number. */
    int size() {
        return switch (name) {
            case "f8", "i8", "u8" -> 8;
            case "f4", "i4", "u4" -> 4;
            case "i2", "u2" -> 2;
            case "i1", "u1", "b1" -> 1;
            default -> 0;
        };
    }

    /** Decodes an element of a block of bytes. */
    Object decode(byte[] data, int index) {
        ByteBuffer bytes = ByteBuffer.wrap(data).order(order);
        int at = index * size();
        return switch (name) {
            case "f8" -> bytes.getDouble(at);
            case "f4" -> (double) bytes.getFloat(at);
            case "i8", "u8" -> bytes.getLong(at);
            case "i4" -> (long) bytes.getInt(at);
            case "u4" -> Integer.toUnsignedLong(bytes.getInt(at));
            case "i2" -> (long) bytes.getShort(at);
            case "u2" -> (long) Short.toUnsignedInt(bytes.getShort(at));
            case "i1" -> (long) bytes.get(at);
            case "u1" -> (long) Byte.toUnsignedInt(bytes.get(at));
            case "b1" -> bytes.get(at) != 0;
            default ->
                    throw new PickleFormatException(
                            String.format(
                                    Locale.ROOT,
                                    "a column of numpy type '%s' is not supported",
                                    name));
        };
    }
}
