package io.github.icthp.weights;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The type of a stored tensor's elements: every type that the safetensors format names.
 *
 * <p>Each constant is named as the format writes it (safetensors 0.8, {@code Dtype}).
 */
public enum ElementType {
    /** Booleans, one byte each: 0 or 1. */
    BOOL(8),
    /** 4-bit floats (E2M1), two to a byte. */
    F4(4),
    /** 6-bit floats with 2 exponent and 3 mantissa bits. */
    F6_E2M3(6),
    /** 6-bit floats with 3 exponent and 2 mantissa bits. */
    F6_E3M2(6),
    /** Unsigned 8-bit integers. */
    U8(8),
    /** Signed 8-bit integers. */
    I8(8),
    /** 8-bit floats with 5 exponent and 2 mantissa bits. */
    F8_E5M2(8),
    /** 8-bit floats with 4 exponent and 3 mantissa bits, no infinities. */
    F8_E4M3(8),
    /** 8-bit powers of two: exponents without mantissa. */
    F8_E8M0(8),
    /** 8-bit floats with 4 exponent and 3 mantissa bits, no infinities, no negative zero. */
    F8_E4M3FNUZ(8),
    /** 8-bit floats with 5 exponent and 2 mantissa bits, no infinities, no negative zero. */
    F8_E5M2FNUZ(8),
    /** Signed 16-bit integers. */
    I16(16),
    /** Unsigned 16-bit integers. */
    U16(16),
    /** IEEE 754 half precision. */
    F16(16),
    /** The upper half of IEEE 754 single precision (bfloat16). */
    BF16(16),
    /** Signed 32-bit integers. */
    I32(32),
    /** Unsigned 32-bit integers. */
    U32(32),
    /** IEEE 754 single precision. */
    F32(32),
    /** Complex numbers of two single-precision floats. */
    C64(64),
    /** IEEE 754 double precision. */
    F64(64),
    /** Signed 64-bit integers. */
    I64(64),
    /** Unsigned 64-bit integers. */
    U64(64);

    private static final Map<String, ElementType> BY_NAME =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));

    private final int bits;

    ElementType(int bits) {
        this.bits = bits;
    }

    /**
     * Returns the type with the name that safetensors writes, for example {@code "BF16"}.
     *
     * @param name a type name, in the format's upper case
     * @return the type, or empty if the format has none of that name
     */
    public static Optional<ElementType> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * Returns the bits of one element.
     *
     * @return 4 to 64
     */
    public int bits() {
        return bits;
    }

    /**
     * Returns the bytes of one element.
     *
     * @return 1 to 8
     * @throws IllegalStateException if an element is not a whole number of bytes
     */
    public int bytes() {
        if (bits % Byte.SIZE != 0) {
            throw new IllegalStateException(
                    name() + " elements have " + bits + " bits; ask for bits() instead of bytes()");
        }
        return bits / Byte.SIZE;
    }

    /**
     * Returns the bytes that some elements take.
     *
     * @param elements how many elements, at least 0
     * @return their bytes
     * @throws ArithmeticException if that is no whole number of bytes, or more than 2^63 - 1
     */
    public long bytes(long elements) {
        if (bits % Byte.SIZE == 0) {
            return Math.multiplyExact(elements, bits / Byte.SIZE);
        }
        long total = Math.multiplyExact(elements, bits);
        if (total % Byte.SIZE != 0) {
            throw new ArithmeticException(
                    elements + " elements of " + name() + " end within a byte");
        }
        return total / Byte.SIZE;
    }
}
