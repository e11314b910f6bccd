package io.github.icthp.torch;

import ai.djl.ndarray.types.DataType;

/**
 * Element types of tensors, by PyTorch's names.
 *
 * <p>DJL's own enumeration cannot carry bfloat16 through its PyTorch engine (creating such an array
 * aborts the process, and reading one's type says UNKNOWN), so code here asks {@link
 * Tensors#dtype}.
 */
public enum DType {
    /** 8-bit unsigned integer. */
    UINT8(0, 1, DataType.UINT8),
    /** 8-bit signed integer. */
    INT8(1, 1, DataType.INT8),
    /** 16-bit signed integer. */
    INT16(2, 2, DataType.UNKNOWN),
    /** 32-bit signed integer. */
    INT32(3, 4, DataType.INT32),
    /** 64-bit signed integer. */
    INT64(4, 8, DataType.INT64),
    /** IEEE half precision. */
    FLOAT16(5, 2, DataType.FLOAT16),
    /** IEEE single precision. */
    FLOAT32(6, 4, DataType.FLOAT32),
    /** IEEE double precision. */
    FLOAT64(7, 8, DataType.FLOAT64),
    /** One byte, zero or one. */
    BOOL(11, 1, DataType.BOOLEAN),
    /** The upper half of a float32. */
    BFLOAT16(15, 2, DataType.UNKNOWN);

    private final int code;
    private final int bytes;
    private final DataType dataType;

    DType(int code, int bytes, DataType dataType) {
        this.code = code;
        this.bytes = bytes;
        this.dataType = dataType;
    }

    /**
     * Returns PyTorch's number for this type, as programs take it.
     *
     * @return the scalar type number
     */
    public int code() {
        return code;
    }

    /**
     * Returns the size of an element.
     *
     * @return bytes per element
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Says whether this is a floating-point type.
     *
     * @return true for float16, bfloat16, float32 and float64
     */
    public boolean isFloating() {
        return this == FLOAT16 || this == BFLOAT16 || this == FLOAT32 || this == FLOAT64;
    }

    DataType dataType() {
        return dataType;
    }

    static DType of(long code) {
        for (DType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new IllegalArgumentException("DType: no supported type has PyTorch's number " + code);
    }
}
