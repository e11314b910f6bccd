package io.github.icthp.clip.vp8;

/**
 * Turns planes into RGB as libwebp does by default: chroma is interpolated from its four nearest
 * samples, colours are converted in fixed point ({@code upsampling.c}, {@code yuv.h}).
 */
final class Vp8Colors {

    private final Vp8Plane luma;
    private final Vp8Plane[] chroma;
    private final int width;
    private final int height;
    private final int[][] row;

    Vp8Colors(Vp8Plane luma, Vp8Plane u, Vp8Plane v, int width, int height) {
        this.luma = luma;
        this.chroma = new Vp8Plane[] {u, v};
        this.width = width;
        this.height = height;
        this.row = new int[2][width];
    }

    /** Returns the picture, three bytes a pixel. */
    byte[] toRgb() {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            interpolate(chroma[0], y, row[0]);
            interpolate(chroma[1], y, row[1]);
            int place = luma.place(0, y);
            int out = 3 * y * width;
            for (int x = 0; x < width; x++) {
                int level = high(luma.get(place + x), 19077);
                int u = row[0][x];
                int v = row[1][x];
                rgb[out++] = clip(level + high(v, 26149) - 14234);
                rgb[out++] = clip(level - high(u, 6419) - high(v, 13320) + 8708);
                rgb[out++] = clip(level + high(u, 33050) - 17685);
            }
        }
        return rgb;
    }

    private static int high(int value, int factor) {
        return (value * factor) >> 8;
    }

    private static byte clip(int value) {
        return (byte) Math.max(0, Math.min(255, value >> 6));
    }

    /** Weighs the four samples around each pixel 9 : 3 : 3 : 1, in libwebp's steps of rounding. */
    private void interpolate(Vp8Plane plane, int y, int[] out) {
        int last = (height - 1) >> 1;
        int near = plane.place(0, y >> 1);
        int other = Math.max(0, Math.min(last, (y >> 1) + (y % 2 == 0 ? -1 : 1)));
        int far = plane.place(0, other);
        out[0] = ends(plane, near, far);
        for (int x = 1; x <= (width - 1) >> 1; x++) {
            int nearLeft = plane.get(near + x - 1);
            int nearRight = plane.get(near + x);
            int farLeft = plane.get(far + x - 1);
            int farRight = plane.get(far + x);
            int sum = nearLeft + nearRight + farLeft + farRight + 8;
            out[2 * x - 1] = (((sum + 2 * (nearRight + farLeft)) >> 3) + nearLeft) >> 1;
            out[2 * x] = (((sum + 2 * (nearLeft + farRight)) >> 3) + nearRight) >> 1;
        }
        if (width % 2 == 0) {
            int end = (width - 1) >> 1;
            out[width - 1] = ends(plane, near + end, far + end);
        }
    }

    private static int ends(Vp8Plane plane, int near, int far) {
        return (3 * plane.get(near) + plane.get(far) + 2) >> 2;
    }
}
