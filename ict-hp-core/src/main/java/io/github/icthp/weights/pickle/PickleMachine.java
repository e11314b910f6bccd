package io.github.icthp.weights.pickle;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Runs one pickle: the stack machine of {@code pickle.py}, less everything that could harm. */
final class PickleMachine {

    private static final int NEWEST_PROTOCOL = 5;
    private static final int MAX_INTEGER_BYTES = 1 << 16;
    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private final PickleInput input;
    private final AllowList allowed;
    private final PersistentLoader persistent;
    private final PickleStack stack = new PickleStack();
    private final Map<Long, Object> memo = new HashMap<>();

    PickleMachine(PickleInput input, AllowList allowed, PersistentLoader persistent) {
        this.input = input;
        this.allowed = allowed;
        this.persistent = persistent;
    }

    Object run() {
        while (true) {
            int position = input.position();
            try {
                Opcode opcode = Opcode.of(input.unsignedByte());
                if (opcode == Opcode.STOP) {
                    return stack.pop();
                }
                Object literal = literal(opcode);
                if (literal != null) {
                    stack.push(literal);
                } else if (!container(opcode) && !bookkeeping(opcode)) {
                    call(opcode);
                }
            } catch (PickleFormatException e) {
                throw new PickleFormatException(
                        "pickle, byte " + position + ": " + e.getMessage(), e);
            }
        }
    }

    /** Returns the value that an operation pushes by itself, or null if it is of another kind. */
    private @Nullable Object literal(Opcode opcode) {
        return switch (opcode) {
            case NONE -> None.NONE;
            case NEWTRUE -> true;
            case NEWFALSE -> false;
            case BININT -> (long) input.signedInt();
            case BININT1 -> (long) input.unsignedByte();
            case BININT2 -> (long) input.unsignedShort();
            case LONG1 -> integer(input.bytes(input.unsignedByte()));
            case LONG4 -> integer(input.bytes(checkDigits(input.signedInt())));
            case BINFLOAT -> input.bigEndianDouble();
            case SHORT_BINSTRING, SHORT_BINUNICODE -> input.text(input.unsignedByte());
            case BINSTRING -> input.text(input.signedInt());
            case BINUNICODE -> input.text(input.unsignedInt());
            case BINUNICODE8 -> input.text(input.signedLong());
            case SHORT_BINBYTES -> input.bytes(input.unsignedByte());
            case BINBYTES -> input.bytes(input.unsignedInt());
            case BINBYTES8, BYTEARRAY8 -> input.bytes(input.signedLong());
            case EMPTY_TUPLE -> new Tuple(List.of());
            case EMPTY_LIST -> new ArrayList<>(0);
            case EMPTY_DICT -> new LinkedHashMap<>();
            case EMPTY_SET -> new LinkedHashSet<>();
            default -> null;
        };
    }

    /** Fills containers; returns false if the operation is of another kind. */
    private boolean container(Opcode opcode) {
        switch (opcode) {
            case TUPLE -> stack.push(new Tuple(stack.popToMark()));
            case TUPLE1 -> stack.push(new Tuple(stack.pop(1)));
            case TUPLE2 -> stack.push(new Tuple(stack.pop(2)));
            case TUPLE3 -> stack.push(new Tuple(stack.pop(3)));
            case APPEND -> append(stack.pop(1));
            case APPENDS -> append(stack.popToMark());
            case SETITEM -> setItems(stack.pop(2));
            case SETITEMS -> setItems(stack.popToMark());
            case ADDITEMS -> {
                List<Object> items = stack.popToMark();
                if (!isInert(stack.peek())) {
                    addItems(topCollection(Set.class), items);
                }
            }
            case FROZENSET -> {
                List<Object> items = stack.popToMark();
                Set<Object> set = new LinkedHashSet<>();
                stack.push(set);
                addItems(set, items);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Moves values about; returns false if the operation is of another kind. */
    private boolean bookkeeping(Opcode opcode) {
        switch (opcode) {
            case MARK -> stack.mark();
            case POP -> stack.drop();
            case POP_MARK -> stack.popToMark();
            case DUP -> stack.push(stack.peek());
            case BINPUT -> memo.put((long) input.unsignedByte(), stack.peek());
            case LONG_BINPUT -> memo.put(input.unsignedInt(), stack.peek());
            case MEMOIZE -> memo.put((long) memo.size(), stack.peek());
            case BINGET -> stack.push(remembered(input.unsignedByte()));
            case LONG_BINGET -> stack.push(remembered(input.unsignedInt()));
            case PROTO -> checkProtocol(input.unsignedByte());
            case FRAME -> input.signedLong();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Names, calls and states: what only allowed names and our own objects take part in. */
    private void call(Opcode opcode) {
        switch (opcode) {
            case GLOBAL -> stack.push(allowed.find(input.line(), input.line()));
            case STACK_GLOBAL -> {
                List<Object> names = stack.pop(2);
                stack.push(allowed.find(text(names.get(0)), text(names.get(1))));
            }
            case REDUCE, NEWOBJ -> {
                List<Object> operands = stack.pop(2);
                stack.push(construct(operands.get(0), operands.get(1)));
            }
            case NEWOBJ_EX -> {
                List<Object> operands = stack.pop(3);
                boolean plain = operands.get(2) instanceof Map<?, ?> keywords && keywords.isEmpty();
                if (!plain && !isInert(operands.get(0))) {
                    throw new PickleFormatException("a call with keywords is not supported");
                }
                stack.push(construct(operands.get(0), operands.get(1)));
            }
            case BUILD -> build(stack.pop(), stack.peek());
            case BINPERSID -> {
                Object id = stack.pop();
                stack.push(guarded("the persistent id", () -> persistent.load(id)));
            }
            default ->
                    throw new PickleFormatException(
                            "operation "
                                    + opcode
                                    + " is not supported; write the file with pickle protocol 2 or"
                                    + " later, without extensions and out-of-band buffers");
        }
    }

    /** An inert object takes items, as those of Python's subclasses of list, dict and set do. */
    private static boolean isInert(Object value) {
        return value instanceof Placeholder
                || (value instanceof Global global
                        && global.constructor() == Placeholder.CONSTRUCTOR);
    }

    private void append(List<Object> items) {
        if (isInert(stack.peek())) {
            return;
        }
        Collections.addAll(topCollection(List.class), items.toArray());
    }

    private void setItems(List<Object> pairs) {
        if (pairs.size() % 2 != 0) {
            throw new PickleFormatException("a dictionary's key lacks its value");
        }
        if (isInert(stack.peek())) {
            return;
        }
        Map<Object, Object> target = topMap();
        for (int i = 0; i < pairs.size(); i += 2) {
            target.put(key(pairs.get(i)), pairs.get(i + 1));
        }
    }

    private static void addItems(Collection<Object> target, List<Object> items) {
        items.forEach(item -> target.add(key(item)));
    }

    private static Object key(Object value) {
        if (!Values.isKey(value)) {
            throw new PickleFormatException(
                    Values.describe(value) + " cannot be a dictionary's key or a set's item");
        }
        return value;
    }

    @SuppressWarnings("unchecked") // the machine's own containers hold any object
    private Collection<Object> topCollection(Class<?> type) {
        return (Collection<Object>) top(type);
    }

    @SuppressWarnings("unchecked") // the machine's own containers hold any object
    private Map<Object, Object> topMap() {
        return (Map<Object, Object>) top(Map.class);
    }

    private Object top(Class<?> type) {
        Object value = stack.peek();
        if (!type.isInstance(value)) {
            throw new PickleFormatException(
                    "a " + type.getSimpleName() + " expected, not " + Values.describe(value));
        }
        return value;
    }

    private Object construct(Object callee, Object arguments) {
        if (!(callee instanceof Global global) || !(arguments instanceof Tuple tuple)) {
            throw new PickleFormatException(
                    "only an allowed name can be called with a tuple, not "
                            + Values.describe(callee)
                            + " with "
                            + Values.describe(arguments));
        }
        return guarded(
                global.name(),
                () -> global.constructor().construct(new Arguments(global.name(), tuple.items())));
    }

    private static void build(Object state, Object target) {
        if (!(target instanceof Buildable buildable)) {
            throw new PickleFormatException(
                    Values.describe(target) + " takes no state, the pickle sets one");
        }
        guarded(
                target.getClass().getSimpleName(),
                () -> {
                    buildable.setState(state);
                    return None.NONE;
                });
    }

    /** Calls what the user registered: whatever it throws is the file's fault. */
    private static Object guarded(String what, Supplier<Object> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw new PickleFormatException(what + ": " + e.getMessage(), e);
        }
    }

    private Object remembered(long index) {
        Object value = memo.get(index);
        if (value == null) {
            throw new PickleFormatException("memo entry " + index + " was never stored");
        }
        return value;
    }

    private static void checkProtocol(int protocol) {
        if (protocol > NEWEST_PROTOCOL) {
            throw new PickleFormatException(
                    "protocol " + protocol + ", at most " + NEWEST_PROTOCOL + " is known");
        }
    }

    private static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new PickleFormatException("a name expected, not " + Values.describe(value));
    }

    private static int checkDigits(int bytes) {
        if (bytes > MAX_INTEGER_BYTES) {
            throw new PickleFormatException(
                    "an integer of " + bytes + " bytes, at most " + MAX_INTEGER_BYTES);
        }
        return bytes;
    }

    /** Decodes a two's complement number, the least byte first. */
    private static Object integer(byte[] littleEndian) {
        if (littleEndian.length == 0) {
            return 0L;
        }
        byte[] bigEndian = new byte[littleEndian.length];
        for (int i = 0; i < bigEndian.length; i++) {
            bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
        }
        BigInteger number = new BigInteger(bigEndian);
        boolean fits = number.compareTo(LONG_MIN) >= 0 && number.compareTo(LONG_MAX) <= 0;
        return fits ? (Object) number.longValue() : number;
    }
}
