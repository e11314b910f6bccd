package io.github.icthp.image;

/** The number format of pixel values that a vision tower reads. */
public enum PixelType {

    /** IEEE 754 single precision. */
    FLOAT32(Float.BYTES),

    /** The upper half of single precision, rounded to nearest even. */
    BFLOAT16(Short.BYTES);

    private final int bytes;

    PixelType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the size of a value.
     *
     * @return bytes
     */
    public int bytes() {
        return bytes;
    }
}
