package io.github.icthp.diffusion.text;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A field of a message in Protocol Buffers' wire format.
 *
 * @param number the field's number
 * @param content its bytes, little-endian; empty for a variable-length integer
 */
record ProtobufField(int number, ByteBuffer content) {

    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int DELIMITED = 2;
    private static final int FOUR_BYTES = 5;

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException if the bytes are no message
     * @throws java.nio.BufferUnderflowException if they end within a field
     */
    static List<ProtobufField> all(ByteBuffer message) {
        List<ProtobufField> fields = new ArrayList<>();
        while (message.hasRemaining()) {
            fields.add(next(message));
        }
        return fields;
    }

    private static ProtobufField next(ByteBuffer message) {
        long tag = varint(message);
        int number = (int) (tag >>> 3);
        int length =
                switch ((int) tag & 7) {
                    case VARINT -> skipVarint(message);
                    case EIGHT_BYTES -> Long.BYTES;
                    case DELIMITED -> (int) Math.min(varint(message), Integer.MAX_VALUE);
                    case FOUR_BYTES -> Integer.BYTES;
                    default -> throw new IllegalArgumentException("wire type " + (tag & 7));
                };
        if (length < 0 || length > message.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer content = message.slice(message.position(), length);
        message.position(message.position() + length);
        return new ProtobufField(number, content.order(ByteOrder.LITTLE_ENDIAN));
    }

    private static int skipVarint(ByteBuffer message) {
        varint(message);
        return 0;
    }

    private static long varint(ByteBuffer message) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = message.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("an integer of more than 64 bits");
    }
}
