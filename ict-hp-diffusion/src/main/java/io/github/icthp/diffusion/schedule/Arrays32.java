package io.github.icthp.diffusion.schedule;

/** Number sequences, to the last bit as numpy makes them. */
final class Arrays32 {

    private Arrays32() {}

    /** Returns n evenly spaced values from start to stop, both included. */
    static double[] linspace(double start, double stop, int n) {
        double[] values = new double[n];
        double step = n > 1 ? (stop - start) / (n - 1) : 0;
        for (int i = 0; i < n; i++) {
            values[i] = i * step + start;
        }
        if (n > 1) {
            values[n - 1] = stop;
        }
        return values;
    }

    static float[] toFloats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
