package io.github.icthp.clip.vp8;

/** The boolean entropy decoder (RFC 6386, section 7) over a piece of an array. */
final class Vp8Bits {

    private static final int EVEN = 128;

    private final byte[] data;
    private final int end;
    private int next;
    private boolean exhausted;

    /** What has been read and not used; its top bits, from {@code bits} on, are compared. */
    private long value;

    private int bits = -8;

    /** One less than the range of RFC 6386. */
    private int range = 254;

    Vp8Bits(byte[] data, int start, int end) {
        this.data = data;
        this.next = start;
        this.end = end;
    }

    /** Says whether more was asked for than there is. */
    boolean isExhausted() {
        return exhausted;
    }

    /** Reads a bit that is 0 with {@code probability} of 256. */
    int bit(int probability) {
        if (bits < 0) {
            load();
        }
        int split = (range * probability) >> 8;
        int bit;
        int left;
        if ((int) (value >> bits) > split) {
            value -= (long) (split + 1) << bits;
            left = range - split;
            bit = 1;
        } else {
            left = split + 1;
            bit = 0;
        }
        int shift = Integer.numberOfLeadingZeros(left) - 24;
        range = (left << shift) - 1;
        bits -= shift;
        return bit;
    }

    /** Loads up to six bytes. */
    private void load() {
        if (next == end) {
            bits = exhausted ? 0 : bits + 8;
            value <<= 8;
            exhausted = true;
            return;
        }
        while (next < end && bits < 40) {
            value = value << 8 | (data[next++] & 0xFF);
            bits += 8;
        }
    }

    boolean flag() {
        return bit(EVEN) == 1;
    }

    /** Reads a number, its highest bit first. */
    int number(int count) {
        int number = 0;
        for (int i = 0; i < count; i++) {
            number = number << 1 | bit(EVEN);
        }
        return number;
    }

    /** Reads a number and its sign. */
    int signed(int count) {
        int number = number(count);
        return flag() ? -number : number;
    }

    /** Reads a flag, and a number with its sign if the flag is set; else it is 0. */
    int optional(int count) {
        return flag() ? signed(count) : 0;
    }
}
