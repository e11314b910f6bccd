package io.github.icthp.image;

import io.github.icthp.image.BicubicResizer.Target;

import java.util.function.Supplier;

/**
 * Resizes pictures as Pillow does before {@code convert("RGB")}: bicubic, but pixels that are
 * indices by nearest neighbor ({@code Geometry.c}), and those with alpha multiplied by it before
 * and divided by it after ({@code Convert.c}).
 */
record OwnModeResizer(BicubicResizer bicubic) {

    private static final int OPAQUE = 255;

    RgbImage resize(RgbImage image, Target target) {
        boolean stays = image.width() == target.width() && image.height() == target.height();
        Supplier<RgbImage> alpha = image.alpha();
        if (image.isIndexed() && !stays) {
            return nearest(image, target);
        }
        return alpha == null || stays
                ? bicubic.resize(image, target)
                : weighted(image, alpha.get(), target);
    }

    private static RgbImage nearest(RgbImage image, Target target) {
        int[] across = sources(image.width(), target.width(), target.left(), target.columns());
        int[] down = sources(image.height(), target.height(), target.top(), target.rows());
        byte[] from = image.pixels();
        byte[] rgb = new byte[3 * across.length * down.length];
        for (int y = 0, at = 0; y < down.length; y++) {
            for (int x = 0; x < across.length; x++, at += 3) {
                System.arraycopy(from, 3 * (down[y] * image.width() + across[x]), rgb, at, 3);
            }
        }
        return RgbImage.wrap(across.length, down.length, rgb);
    }

    /**
     * The pixel under the center of each wanted one; summed up as Pillow does, rounding and all.
     */
    private static int[] sources(int size, long whole, long first, int count) {
        double step = (double) size / whole;
        double place = step * 0.5;
        int[] sources = new int[count];
        for (long i = 0; i < first + count; i++) {
            if (i >= first) {
                sources[(int) (i - first)] = Math.min(size - 1, (int) place);
            }
            place += step;
        }
        return sources;
    }

    private RgbImage weighted(RgbImage image, RgbImage alpha, Target target) {
        byte[] color = image.rgb();
        byte[] opacity = alpha.pixels();
        for (int i = 0; i < color.length; i++) {
            int product = (color[i] & 0xFF) * (opacity[i] & 0xFF) + 128;
            color[i] = (byte) (((product >> 8) + product) >> 8);
        }
        RgbImage multiplied = RgbImage.wrap(image.width(), image.height(), color);
        byte[] rgb = bicubic.resize(multiplied, target).rgb();
        byte[] resized = bicubic.resize(alpha, target).pixels();
        for (int i = 0; i < rgb.length; i++) {
            int a = resized[i] & 0xFF;
            if (a != OPAQUE && a != 0) {
                rgb[i] = (byte) Math.min(OPAQUE, OPAQUE * (rgb[i] & 0xFF) / a);
            }
        }
        return RgbImage.wrap(target.columns(), target.rows(), rgb);
    }
}
