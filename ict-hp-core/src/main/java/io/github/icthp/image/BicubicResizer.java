package io.github.icthp.image;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;

import org.jspecify.annotations.Nullable;

/**
 * Resizes pictures to the bytes that Pillow's {@code resize(..., BICUBIC)} gives, but computes only
 * the rectangle that a crop leaves of the result.
 *
 * <p>Pillow works in fixed point and resizes rows first, <b>rounds them to 8 bits</b>, then
 * columns; a direction in which the size stays is left alone ({@code Resample.c}). Safe to share
 * between threads.
 */
final class BicubicResizer {

    private static final int MOST_LINES = 64;

    /** Weights depend on sizes only, and the sizes of pictures repeat. */
    private final LoadingCache<Line, ResizeWeights> lines =
            CacheBuilder.newBuilder()
                    .maximumSize(MOST_LINES)
                    .build(CacheLoader.from(Line::weights));

    private record Line(int size, long target, long first, int count) {
        ResizeWeights weights() {
            return new ResizeWeights(size, target, first, count);
        }
    }

    /**
     * What is wanted of a resized picture.
     *
     * @param width width of the whole
     * @param height height of the whole
     * @param left first column of the rectangle
     * @param top first row of the rectangle
     * @param columns the rectangle's width
     * @param rows the rectangle's height
     */
    record Target(long width, long height, long left, long top, int columns, int rows) {}

    /** Returns the target's rectangle of the picture resized to the target's size. */
    RgbImage resize(RgbImage image, Target target) {
        ResizeWeights across =
                weights(image.width(), target.width(), target.left(), target.columns());
        ResizeWeights down = weights(image.height(), target.height(), target.top(), target.rows());
        int left = across == null ? (int) target.left() : 0;
        int top = down == null ? (int) target.top() : 0;

        ResizeRows rows = new ResizeRows(image, across, left, target.columns());
        ResizeColumns columns = new ResizeColumns(down, top, target.rows(), 3 * target.columns());
        int end = down == null ? top + target.rows() : down.endInput();
        int[] upper = new int[3 * target.columns()];
        int[] lower = new int[3 * target.columns()];
        for (int y = down == null ? top : down.firstInput(); y < end; y += 2) {
            rows.read(y, upper, lower);
            columns.add(y, upper);
            if (y + 1 < end) {
                columns.add(y + 1, lower);
            }
        }
        return RgbImage.wrap(target.columns(), target.rows(), columns.finish());
    }

    private @Nullable ResizeWeights weights(int size, long target, long first, int count) {
        boolean stays = size == target;
        return stays ? null : lines.getUnchecked(new Line(size, target, first, count));
    }
}
