package io.github.icthp.train.data;

import com.google.common.math.LongMath;

import java.math.RoundingMode;

/**
 * A seeded shuffle of {@code 0 … size-1} that needs no memory: any position is looked up directly.
 *
 * <p>A balanced Feistel network permutes the numbers of the next even count of bits; a result
 * outside the range is sent through again until it falls inside (cycle walking, Black and Rogaway
 * 2002), which keeps it a permutation. The domain is less than four times the size, so a look-up
 * takes fewer than four passes on average.
 */
final class Permutation {

    private static final int ROUNDS = 8;

    private final long size;
    private final int halfBits;
    private final long halfMask;
    private final long[] keys = new long[ROUNDS];

    /**
     * Makes a shuffle.
     *
     * @param size from 1
     * @param seed equal seeds give equal shuffles
     * @param epoch each epoch of a seed gives another shuffle
     */
    Permutation(long size, long seed, long epoch) {
        this.size = size;
        this.halfBits = Math.max(1, (LongMath.log2(size, RoundingMode.CEILING) + 1) / 2);
        this.halfMask = (1L << halfBits) - 1;
        long state = mix(mix(seed) ^ epoch);
        for (int i = 0; i < ROUNDS; i++) {
            state = mix(state + 0x9E3779B97F4A7C15L);
            keys[i] = state;
        }
    }

    /** Returns the number at a position of the shuffled order. */
    long at(long position) {
        long value = position;
        do {
            value = encrypt(value);
        } while (value >= size);
        return value;
    }

    private long encrypt(long value) {
        long left = value >>> halfBits;
        long right = value & halfMask;
        for (long key : keys) {
            long next = left ^ (mix(right ^ key) & halfMask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
