package io.github.icthp.train.data.frame;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes pickles of protocol 4 by hand, so that tests can tell lies that Python would not. */
final class PickleBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleBytes() {
        op(0x80).op(4);
    }

    /** One part of a pickle: leaves one value on the stack. */
    @FunctionalInterface
    interface Value {
        void write(PickleBytes pickle);
    }

    private PickleBytes op(int code) {
        out.write(code);
        return this;
    }

    private PickleBytes sized(int code, byte[] bytes) {
        op(code);
        out.writeBytes(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length).array());
        out.writeBytes(bytes);
        return this;
    }

    static Value text(String text) {
        return p -> p.sized('X', text.getBytes(StandardCharsets.UTF_8));
    }

    static Value bytes(byte... bytes) {
        return p -> p.sized('B', bytes);
    }

    static Value number(long value) {
        return p -> {
            p.op(0x8a).op(8);
            p.out.writeBytes(
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        };
    }

    static Value real(double value) {
        return p -> p.op('G').out.writeBytes(ByteBuffer.allocate(8).putDouble(value).array());
    }

    static Value none() {
        return p -> p.op('N');
    }

    static Value no() {
        return p -> p.op(0x89);
    }

    static Value tuple(Value... items) {
        return p -> {
            p.op('(');
            Arrays.stream(items).forEach(item -> item.write(p));
            p.op('t');
        };
    }

    static Value list(Value... items) {
        return p -> {
            p.op(']').op('(');
            Arrays.stream(items).forEach(item -> item.write(p));
            p.op('e');
        };
    }

    /** A list whose only item is itself. */
    static Value selfHoldingList() {
        return p -> p.op(']').op('q').op(0).op('h').op(0).op('a');
    }

    static Value dict(Value... keysAndValues) {
        return p -> {
            p.op('}').op('(');
            Arrays.stream(keysAndValues).forEach(item -> item.write(p));
            p.op('u');
        };
    }

    static Value name(String module, String name) {
        return p -> {
            text(module).write(p);
            text(name).write(p);
            p.op(0x93);
        };
    }

    static Value call(Value callee, Value... arguments) {
        return p -> {
            callee.write(p);
            tuple(arguments).write(p);
            p.op('R');
        };
    }

    static Value built(Value object, Value state) {
        return p -> {
            object.write(p);
            state.write(p);
            p.op('b');
        };
    }

    static byte[] pickle(Value value) {
        PickleBytes bytes = new PickleBytes();
        value.write(bytes);
        bytes.op('.');
        return bytes.out.toByteArray();
    }
}
