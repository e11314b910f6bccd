package io.github.icthp.weights.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Little-endian reading from a buffer; no length is believed before the bytes are there. */
final class PickleInput {

    private final ByteBuffer buffer;

    PickleInput(ByteBuffer source) {
        this.buffer = source.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    int position() {
        return buffer.position();
    }

    int unsignedByte() {
        return Byte.toUnsignedInt(need(1).get());
    }

    int unsignedShort() {
        return Short.toUnsignedInt(need(Short.BYTES).getShort());
    }

    int signedInt() {
        return need(Integer.BYTES).getInt();
    }

    long unsignedInt() {
        return Integer.toUnsignedLong(signedInt());
    }

    long signedLong() {
        return need(Long.BYTES).getLong();
    }

    /** Reads a big-endian double, the one number that pickles write so. */
    double bigEndianDouble() {
        return Double.longBitsToDouble(Long.reverseBytes(signedLong()));
    }

    byte[] bytes(long length) {
        need(length);
        byte[] bytes = new byte[(int) length];
        buffer.get(bytes);
        return bytes;
    }

    String text(long length) {
        ByteBuffer slice = need(length).slice(buffer.position(), (int) length);
        buffer.position(buffer.position() + (int) length);
        return decode(slice);
    }

    /** Reads up to the next line feed, which is dropped. */
    String line() {
        int start = buffer.position();
        while (unsignedByte() != '\n') {
            // looks for the end
        }
        return decode(buffer.slice(start, buffer.position() - 1 - start));
    }

    private static String decode(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new PickleFormatException("a text is not UTF-8", e);
        }
    }

    private ByteBuffer need(long length) {
        if (length < 0 || length > buffer.remaining()) {
            throw new PickleFormatException(
                    "the pickle ends too early or is damaged: "
                            + Long.toUnsignedString(length)
                            + " bytes expected, "
                            + buffer.remaining()
                            + " left");
        }
        return buffer;
    }
}
