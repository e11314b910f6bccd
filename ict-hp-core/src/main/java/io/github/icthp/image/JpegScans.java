package io.github.icthp.image;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which coefficients the scans of a progressive JPEG bring. Where one of the first is not known to
 * its last bit, as in a file that lost its last scans, libjpeg smooths the blocks, and each version
 * of it does so differently.
 */
final class JpegScans {

    /** Coefficients that libjpeg-turbo looks at, in zigzag order. */
    private static final int LOOKED_AT = 10;

    private static final int START_OF_SCAN = 0xDA;
    private static final int END = 0xD9;

    private final byte[] file;

    /** For each component's name, which of its first coefficients are complete. */
    private final Map<Byte, boolean[]> complete = new HashMap<>();

    private JpegScans(byte[] file) {
        this.file = file;
    }

    /**
     * Tells whether every component's first coefficients are complete.
     *
     * @param file a progressive JPEG
     * @param from where its first scan starts
     * @param components how many components it has
     */
    static boolean areComplete(byte[] file, int from, int components) {
        JpegScans scans = new JpegScans(file);
        scans.walk(from);
        return scans.complete.size() == components
                && scans.complete.values().stream().noneMatch(JpegScans::lacksOne);
    }

    private static boolean lacksOne(boolean[] coefficients) {
        for (boolean known : coefficients) {
            if (!known) {
                return true;
            }
        }
        return false;
    }

    private void walk(int from) {
        int at = from;
        while (at + 3 < file.length) {
            int marker = file[at + 1] & 0xFF;
            if (file[at] != (byte) 0xFF || marker == 0 || marker == 0xFF || isRestart(marker)) {
                at++;
            } else if (marker == END) {
                return;
            } else {
                if (marker == START_OF_SCAN) {
                    take(at + 4);
                }
                at += 2 + ((file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF));
            }
        }
    }

    private static boolean isRestart(int marker) {
        return marker >= 0xD0 && marker <= 0xD7;
    }

    /** Takes a scan header: count, names and tables of components, first, last, precision. */
    private void take(int at) {
        int count = at < file.length ? file[at] & 0xFF : 0;
        int end = at + 1 + 2 * count;
        if (end + 2 >= file.length) {
            return;
        }
        int first = file[end];
        int last = Math.min(file[end + 1], LOOKED_AT - 1);
        boolean toTheLastBit = (file[end + 2] & 0xF) == 0;
        for (int i = at + 1; i < end; i += 2) {
            boolean[] known = complete.computeIfAbsent(file[i], name -> new boolean[LOOKED_AT]);
            if (toTheLastBit && first >= 0 && first <= last) {
                Arrays.fill(known, first, last + 1, true);
            }
        }
    }
}
