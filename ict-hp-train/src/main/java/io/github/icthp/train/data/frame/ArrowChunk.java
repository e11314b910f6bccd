package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Placeholder;
import io.github.icthp.weights.pickle.Tuple;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An Arrow array of texts: one run of UTF-8 bytes, where each text ends, and perhaps a bit per text
 * that is 0 if it is missing.
 */
final class ArrowChunk {

    private final int size;
    private final int offset;
    private final int offsetBytes;
    private final ByteBuffer ends;
    private final byte[] text;
    private final byte @Nullable [] valid;

    private ArrowChunk(int offsetBytes, int size, int offset, List<?> buffers) {
        this.offsetBytes = offsetBytes;
        this.size = size;
        this.offset = offset;
        this.valid = buffers.get(0) instanceof byte[] bits ? bits : null;
        this.ends = ByteBuffer.wrap((byte[]) buffers.get(1)).order(ByteOrder.LITTLE_ENDIAN);
        this.text = buffers.get(2) instanceof byte[] bytes ? bytes : new byte[0];
        check();
    }

    /**
     * Stands for {@code pyarrow.lib._restore_array}, whose only argument is a tuple of type,
     * length, count of missing texts, offset, buffers, children and dictionary. Arrays of other
     * types than texts become inert.
     */
    static Object restore(Arguments arguments) {
        List<Object> parts = arguments.get(0, Tuple.class).items();
        int offsetBytes =
                switch (parts.get(0) instanceof String type ? type : "") {
                    case "large_string" -> Long.BYTES;
                    case "string" -> Integer.BYTES;
                    default -> 0;
                };
        if (offsetBytes == 0) {
            return new Placeholder("pyarrow.Array");
        }
        return new ArrowChunk(
                offsetBytes,
                Math.toIntExact((Long) parts.get(1)),
                Math.toIntExact((Long) parts.get(3)),
                (List<?>) parts.get(4));
    }

    private void check() {
        long last = (long) offset + size;
        boolean fits =
                size >= 0
                        && offset >= 0
                        && (last + 1) * offsetBytes <= ends.capacity()
                        && (valid == null || last <= valid.length * 8L);
        for (int i = 0; fits && i < size; i++) {
            fits = start(i) >= 0 && start(i) <= start(i + 1) && start(i + 1) <= text.length;
        }
        if (!fits) {
            throw new PickleFormatException("an Arrow array's buffers do not fit its length");
        }
    }

    private long start(int index) {
        int at = (offset + index) * offsetBytes;
        return offsetBytes == Long.BYTES ? ends.getLong(at) : ends.getInt(at);
    }

    int size() {
        return size;
    }

    @Nullable String get(int index) {
        int bit = offset + index;
        if (valid != null && (valid[bit / 8] >> (bit % 8) & 1) == 0) {
            return null;
        }
        int from = (int) start(index);
        ByteBuffer bytes = ByteBuffer.wrap(text, from, (int) start(index + 1) - from);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new PickleFormatException("a text is not UTF-8", e);
        }
    }
}
