package io.github.icthp.weights;

import ai.djl.ndarray.types.Shape;

import java.util.Arrays;

/**
 * What is known of a stored tensor without reading its values.
 *
 * @param name the key under which the tensor is stored
 * @param type the type of its elements
 * @param shape its dimensions, outermost first, none of them negative; a scalar has none
 */
public record TensorInfo(String name, ElementType type, Shape shape) {

    /**
     * Checks the dimensions.
     *
     * @param name the key under which the tensor is stored
     * @param type the type of its elements
     * @param shape its dimensions, outermost first
     * @throws IllegalArgumentException if a dimension is negative, or the tensor has more bytes
     *     than 2^63 - 1, or its last byte is only partly used
     */
    public TensorInfo {
        check(name, type, shape.getShape());
    }

    /**
     * Describes a tensor by its plain dimensions.
     *
     * @param name the key under which the tensor is stored
     * @param type the type of its elements
     * @param dimensions its dimensions, outermost first
     * @return the description
     * @throws IllegalArgumentException as the canonical constructor does
     */
    public static TensorInfo of(String name, ElementType type, long... dimensions) {
        check(name, type, dimensions);
        return new TensorInfo(name, type, new Shape(dimensions.clone()));
    }

    /**
     * Returns the number of elements.
     *
     * @return the product of the dimensions, 1 for a scalar
     */
    public long elements() {
        return count(shape.getShape());
    }

    /**
     * Returns the size of the values.
     *
     * @return the bytes of all elements, stored one after the other
     */
    public long bytes() {
        return type.bytes(elements());
    }

    /**
     * Returns the same description under another name.
     *
     * @param other the new name
     * @return the renamed description
     */
    public TensorInfo withName(String other) {
        return new TensorInfo(other, type, shape);
    }

    /** Refuses a range of bytes that leaves the tensor. */
    void requireRange(long offset, long length) {
        if (offset < 0 || length > bytes() - offset) {
            throw new IllegalArgumentException(
                    this
                            + ": cannot read "
                            + length
                            + " bytes from byte "
                            + offset
                            + ", the tensor has "
                            + bytes());
        }
    }

    /** Returns for example {@code fc.weight F32[3, 2]}. */
    @Override
    public String toString() {
        return describe(name, type, shape.getShape());
    }

    private static void check(String name, ElementType type, long[] dimensions) {
        for (long dimension : dimensions) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        describe(name, type, dimensions) + ": dimensions must be at least 0");
            }
        }
        try {
            type.bytes(count(dimensions));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    describe(name, type, dimensions) + " has no valid size: " + e.getMessage(), e);
        }
    }

    private static String describe(String name, ElementType type, long[] dimensions) {
        return name + " " + type + Arrays.toString(dimensions);
    }

    /** Multiplies exactly, whatever the order of zeros and huge dimensions. */
    private static long count(long[] dimensions) {
        long count = 1;
        for (long dimension : dimensions) {
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }
}
