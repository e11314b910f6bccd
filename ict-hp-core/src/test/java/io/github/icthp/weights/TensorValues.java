package io.github.icthp.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Decodes stored values for comparison: integers and booleans to Long, floats to Double. */
final class TensorValues {

    private TensorValues() {}

    static List<Number> of(TensorInfo info, ByteBuffer data) {
        if (data.order() != ByteOrder.LITTLE_ENDIAN || data.remaining() != info.bytes()) {
            throw new AssertionError(info + " in " + data + " " + data.order());
        }
        List<Number> values = new ArrayList<>();
        for (long i = 0; i < info.elements(); i++) {
            values.add(next(info.type(), data));
        }
        return values;
    }

    static String torchName(ElementType type) {
        return switch (type) {
            case BOOL -> "bool";
            case U8 -> "uint8";
            case I8 -> "int8";
            case I16 -> "int16";
            case I32 -> "int32";
            case I64 -> "int64";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F32 -> "float32";
            case F64 -> "float64";
            default -> throw new AssertionError("not among the golden types: " + type);
        };
    }

    private static Number next(ElementType type, ByteBuffer data) {
        return switch (type) {
            case BOOL, I8 -> (long) data.get();
            case U8 -> (long) Byte.toUnsignedInt(data.get());
            case I16 -> (long) data.getShort();
            case I32 -> (long) data.getInt();
            case I64 -> data.getLong();
            case F16 -> half(data.getShort());
            case BF16 -> (double) Float.intBitsToFloat(data.getShort() << 16);
            case F32 -> (double) data.getFloat();
            case F64 -> data.getDouble();
            default -> throw new AssertionError("not among the golden types: " + type);
        };
    }

    private static double half(short bits) {
        int exponent = (bits >> 10) & 31;
        int mantissa = bits & 1023;
        double magnitude =
                switch (exponent) {
                    case 0 -> Math.scalb((double) mantissa, -24);
                    case 31 -> mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
                    default -> Math.scalb(1024.0 + mantissa, exponent - 25);
                };
        return bits < 0 ? -magnitude : magnitude;
    }
}
