package io.github.icthp.clip.vp8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The constant tables of VP8, from a resource of numbers. */
final class Vp8Tables {

    /** Nodes of a coefficient's tree. */
    static final int NODES = 11;

    private static final int PROBABILITIES = 4 * 8 * 3 * NODES;
    private static final int MODES = 10;

    /** Probabilities of coefficients: [kind][band][context][node], flat. */
    static final int[] COEFFICIENTS;

    /** How likely it is that each of them is updated. */
    static final int[] UPDATES;

    /** Quantizer steps of a block's first coefficient. */
    static final int[] FIRST_STEPS;

    /** Quantizer steps of the other coefficients. */
    static final int[] OTHER_STEPS;

    private static final int[] BLOCK_MODES;

    static {
        int[] all = read();
        int at = 0;
        COEFFICIENTS = Arrays.copyOfRange(all, at, at += PROBABILITIES);
        UPDATES = Arrays.copyOfRange(all, at, at += PROBABILITIES);
        BLOCK_MODES = Arrays.copyOfRange(all, at, at += MODES * MODES * (MODES - 1));
        FIRST_STEPS = Arrays.copyOfRange(all, at, at += 128);
        OTHER_STEPS = Arrays.copyOfRange(all, at, at + 128);
    }

    private Vp8Tables() {}

    /** Returns the probability at a node of a 4x4 block's mode, given its neighbours' modes. */
    static int blockMode(int above, int left, int node) {
        return BLOCK_MODES[(above * MODES + left) * (MODES - 1) + node];
    }

    private static int[] read() {
        try (InputStream in = Vp8Tables.class.getResourceAsStream("tables.txt")) {
            if (in == null) {
                throw new IllegalStateException("Vp8Tables: resource tables.txt is gone");
            }
            List<String> lines =
                    new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
                            .lines()
                            .toList();
            return lines.stream()
                    .filter(line -> !line.startsWith("#"))
                    .flatMapToInt(Vp8Tables::numbers)
                    .toArray();
        } catch (IOException e) {
            throw new UncheckedIOException("Vp8Tables: cannot read tables.txt", e);
        }
    }

    private static IntStream numbers(String line) {
        return Arrays.stream(line.split(" ", -1)).mapToInt(Integer::parseInt);
    }
}
