package io.github.icthp.clip.vp8;

/** The inverse transforms of 4x4 blocks (RFC 6386, section 14). */
final class Vp8Transform {

    private static final int SIDE = 4;

    // sqrt(2)*cos(pi/8) - 1 and sqrt(2)*sin(pi/8), in 16-bit fixed point
    private static final int COSINE = 20091;
    private static final int SINE = 35468;

    private Vp8Transform() {}

    /** Undoes the Walsh-Hadamard transform of 16 means and gives each block its own. */
    static void spreadMeans(short[] means, short[] coefficients) {
        int[] middle = new int[16];
        for (int i = 0; i < SIDE; i++) {
            int a = means[i] + means[12 + i];
            int b = means[4 + i] + means[8 + i];
            int c = means[4 + i] - means[8 + i];
            int d = means[i] - means[12 + i];
            middle[i] = a + b;
            middle[4 + i] = d + c;
            middle[8 + i] = a - b;
            middle[12 + i] = d - c;
        }
        for (int i = 0; i < 16; i += SIDE) {
            int a = middle[i] + middle[i + 3] + 3;
            int b = middle[i + 1] + middle[i + 2];
            int c = middle[i + 1] - middle[i + 2];
            int d = middle[i] - middle[i + 3] + 3;
            coefficients[16 * i] = (short) ((a + b) >> 3);
            coefficients[16 * (i + 1)] = (short) ((d + c) >> 3);
            coefficients[16 * (i + 2)] = (short) ((a - b) >> 3);
            coefficients[16 * (i + 3)] = (short) ((d - c) >> 3);
        }
    }

    /** Adds the residue of a block's coefficients to the prediction in a plane. */
    static void addResidue(short[] coefficients, int from, Vp8Plane plane, int place) {
        int[] middle = new int[16];
        boolean any = false;
        for (int i = 0; i < SIDE; i++) {
            int c0 = coefficients[from + i];
            int c1 = coefficients[from + 4 + i];
            int c2 = coefficients[from + 8 + i];
            int c3 = coefficients[from + 12 + i];
            any |= (c0 | c1 | c2 | c3) != 0;
            int c = sine(c1) - cosine(c3);
            int d = cosine(c1) + sine(c3);
            middle[SIDE * i] = c0 + c2 + d;
            middle[SIDE * i + 1] = c0 - c2 + c;
            middle[SIDE * i + 2] = c0 - c2 - c;
            middle[SIDE * i + 3] = c0 + c2 - d;
        }
        if (!any) {
            return;
        }
        for (int i = 0; i < SIDE; i++) {
            int a = middle[i] + 4 + middle[8 + i];
            int b = middle[i] + 4 - middle[8 + i];
            int c = sine(middle[4 + i]) - cosine(middle[12 + i]);
            int d = cosine(middle[4 + i]) + sine(middle[12 + i]);
            int row = place + i * plane.stride();
            plane.add(row, (a + d) >> 3);
            plane.add(row + 1, (b + c) >> 3);
            plane.add(row + 2, (b - c) >> 3);
            plane.add(row + 3, (a - d) >> 3);
        }
    }

    private static int cosine(int value) {
        return ((value * COSINE) >> 16) + value;
    }

    private static int sine(int value) {
        return (value * SINE) >> 16;
    }
}
