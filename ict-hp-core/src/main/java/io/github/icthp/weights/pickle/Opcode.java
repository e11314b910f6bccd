package io.github.icthp.weights.pickle;

import org.jspecify.annotations.Nullable;

/**
 * The operations of pickle protocols 0 to 5, as {@code pickletools} names them.
 *
 * <p>Those marked unsupported belong to the text protocol 0, to extension registries and to
 * out-of-band buffers. No checkpoint or data frame needs them.
 */
enum Opcode {
    MARK('('),
    STOP('.'),
    POP('0'),
    POP_MARK('1'),
    DUP('2'),
    BININT('J'),
    BININT1('K'),
    BININT2('M'),
    NONE('N'),
    BINPERSID('Q'),
    REDUCE('R'),
    BINSTRING('T'),
    SHORT_BINSTRING('U'),
    BINUNICODE('X'),
    APPEND('a'),
    BUILD('b'),
    GLOBAL('c'),
    EMPTY_DICT('}'),
    APPENDS('e'),
    BINGET('h'),
    LONG_BINGET('j'),
    EMPTY_LIST(']'),
    BINPUT('q'),
    LONG_BINPUT('r'),
    SETITEM('s'),
    TUPLE('t'),
    EMPTY_TUPLE(')'),
    SETITEMS('u'),
    BINFLOAT('G'),
    PROTO(0x80),
    NEWOBJ(0x81),
    TUPLE1(0x85),
    TUPLE2(0x86),
    TUPLE3(0x87),
    NEWTRUE(0x88),
    NEWFALSE(0x89),
    LONG1(0x8a),
    LONG4(0x8b),
    BINBYTES('B'),
    SHORT_BINBYTES('C'),
    SHORT_BINUNICODE(0x8c),
    BINUNICODE8(0x8d),
    BINBYTES8(0x8e),
    EMPTY_SET(0x8f),
    ADDITEMS(0x90),
    FROZENSET(0x91),
    NEWOBJ_EX(0x92),
    STACK_GLOBAL(0x93),
    MEMOIZE(0x94),
    FRAME(0x95),
    BYTEARRAY8(0x96),

    /** Unsupported. */
    FLOAT('F'),
    /** Unsupported. */
    INT('I'),
    /** Unsupported. */
    LONG('L'),
    /** Unsupported. */
    PERSID('P'),
    /** Unsupported. */
    STRING('S'),
    /** Unsupported. */
    UNICODE('V'),
    /** Unsupported. */
    DICT('d'),
    /** Unsupported. */
    GET('g'),
    /** Unsupported. */
    INST('i'),
    /** Unsupported. */
    LIST('l'),
    /** Unsupported. */
    OBJ('o'),
    /** Unsupported. */
    PUT('p'),
    /** Unsupported. */
    EXT1(0x82),
    /** Unsupported. */
    EXT2(0x83),
    /** Unsupported. */
    EXT4(0x84),
    /** Unsupported. */
    NEXT_BUFFER(0x97),
    /** Unsupported. */
    READONLY_BUFFER(0x98);

    private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[256];

    static {
        for (Opcode opcode : values()) {
            BY_CODE[opcode.code] = opcode;
        }
    }

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    /** Returns the operation that a byte stands for. */
    static Opcode of(int code) {
        Opcode opcode = BY_CODE[code];
        if (opcode == null) {
            throw new PickleFormatException("0x" + Integer.toHexString(code) + " is no operation");
        }
        return opcode;
    }
}
