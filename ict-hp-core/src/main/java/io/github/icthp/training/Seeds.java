package io.github.icthp.training;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Seeds derived from a run's seed, a step and a purpose.
 *
 * <p>Whatever a step draws (dropout masks, latents, truncation points) it draws from a generator
 * that begins anew with the step, so a resumed run needs no generator's state, and nothing depends
 * on how much was drawn before or on other threads. Equal arguments give equal seeds on every
 * machine.
 */
public final class Seeds {

    private Seeds() {}

    /**
     * Derives a seed.
     *
     * @param seed the run's seed
     * @param step the step, from 0
     * @param purpose what the numbers are for; each purpose gives an independent seed
     * @return the derived seed
     */
    public static long derive(long seed, long step, String purpose) {
        long state = mix(seed);
        state = mix(state ^ step);
        for (byte character : purpose.getBytes(StandardCharsets.UTF_8)) {
            state = mix(state + 0x9E3779B97F4A7C15L + character);
        }
        return state;
    }

    /**
     * Returns a generator that begins with a derived seed.
     *
     * @param seed the run's seed
     * @param step the step, from 0
     * @param purpose what the numbers are for
     * @return the generator, for one thread
     */
    public static SplittableRandom random(long seed, long step, String purpose) {
        return new SplittableRandom(derive(seed, step, purpose));
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014), moved off its fixed point 0. */
    private static long mix(long value) {
        long a = value + 0x9E3779B97F4A7C15L;
        long b = (a ^ (a >>> 30)) * 0xBF58476D1CE4E5B9L;
        long c = (b ^ (b >>> 27)) * 0x94D049BB133111EBL;
        return c ^ (c >>> 31);
    }
}
