package io.github.icthp.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Pickles a state dictionary as {@code torch.save} does, in protocol 2: an ordered dictionary of
 * contiguous tensors, each over a storage of its own, whose key is its place in the list.
 */
final class TorchPickleWriter {

    private static final int PROTO = 0x80;
    private static final char GLOBAL = 'c';
    private static final char EMPTY_TUPLE = ')';
    private static final char REDUCE = 'R';
    private static final char MARK = '(';
    private static final char TUPLE = 't';
    private static final char BINUNICODE = 'X';
    private static final char BININT = 'J';
    private static final int LONG1 = 0x8a;
    private static final int NEWFALSE = 0x89;
    private static final char BINPERSID = 'Q';
    private static final char SETITEMS = 'u';
    private static final char STOP = '.';

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private TorchPickleWriter() {}

    /** Returns the pickle of tensors. */
    static byte[] pickle(List<TensorInfo> tensors) {
        TorchPickleWriter writer = new TorchPickleWriter();
        writer.op(PROTO).op(2).orderedDict().op(MARK);
        for (int key = 0; key < tensors.size(); key++) {
            writer.text(tensors.get(key).name()).tensor(tensors.get(key), key);
        }
        writer.op(SETITEMS).op(STOP);
        return writer.out.toByteArray();
    }

    /** {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)}. */
    private TorchPickleWriter tensor(TensorInfo info, int key) {
        long[] shape = info.shape().getShape();
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(1, shape[i]);
        }
        return global("torch._utils", "_rebuild_tensor_v2")
                .op(MARK)
                .storage(info, key)
                .integer(0)
                .tuple(shape)
                .tuple(strides)
                .op(NEWFALSE)
                .orderedDict()
                .op(TUPLE)
                .op(REDUCE);
    }

    /** {@code ('storage', class, key, device, elements)}. */
    private TorchPickleWriter storage(TensorInfo info, int key) {
        String type = TorchPickle.storage(info.type());
        int dot = type.lastIndexOf('.');
        return op(MARK).text("storage")
                .global(type.substring(0, dot), type.substring(dot + 1))
                .text(Integer.toString(key))
                .text("cpu")
                .integer(info.elements())
                .op(TUPLE)
                .op(BINPERSID);
    }

    private TorchPickleWriter orderedDict() {
        return global("collections", "OrderedDict").op(EMPTY_TUPLE).op(REDUCE);
    }

    private TorchPickleWriter tuple(long... values) {
        op(MARK);
        for (long value : values) {
            integer(value);
        }
        return op(TUPLE);
    }

    private TorchPickleWriter op(int code) {
        out.write(code);
        return this;
    }

    private TorchPickleWriter global(String module, String name) {
        return op(GLOBAL).bytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private TorchPickleWriter text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return op(BINUNICODE).number(Integer.BYTES, bytes.length).bytes(bytes);
    }

    private TorchPickleWriter integer(long value) {
        return value == (int) value
                ? op(BININT).number(Integer.BYTES, value)
                : op(LONG1).op(Long.BYTES).number(Long.BYTES, value);
    }

    private TorchPickleWriter number(int size, long value) {
        byte[] little =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array();
        out.write(little, 0, size);
        return this;
    }

    private TorchPickleWriter bytes(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
        return this;
    }
}
