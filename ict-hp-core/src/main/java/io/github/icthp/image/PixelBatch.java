package io.github.icthp.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Pictures ready for a vision tower, and those that could not be read.
 *
 * <p>The pixel values of the good pictures lie one behind the other, in the order of the inputs:
 * shape [G, 3, H, W] where G counts the good ones.
 */
public final class PixelBatch {

    private final ByteBuffer data;
    private final PixelType type;
    private final int height;
    private final int width;
    private final List<Optional<ImageDecodeException>> failures;
    private final int[] rows;
    private final int good;

    PixelBatch(
            ByteBuffer data,
            PixelType type,
            int height,
            int width,
            List<Optional<ImageDecodeException>> failures) {
        this.data = data;
        this.type = type;
        this.height = height;
        this.width = width;
        this.failures = List.copyOf(failures);
        this.rows = new int[failures.size()];
        int next = 0;
        for (int i = 0; i < rows.length; i++) {
            rows[i] = next;
            next += failures.get(i).isEmpty() ? 1 : 0;
        }
        this.good = next;
    }

    /**
     * Returns the pixel values of the good pictures, as an array library takes them.
     *
     * @return G*3*H*W values of {@link #type()} in native byte order, from position 0 to the limit;
     *     a direct buffer unless the caller gave another
     */
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.nativeOrder());
    }

    /**
     * Returns the number format of {@link #data()}.
     *
     * @return the format
     */
    public PixelType type() {
        return type;
    }

    /**
     * Returns the shape of {@link #data()}.
     *
     * @return G, 3, H, W
     */
    public long[] shape() {
        return new long[] {good, 3, height, width};
    }

    /**
     * Returns how many pictures were asked for, good or bad.
     *
     * @return inputs
     */
    public int size() {
        return failures.size();
    }

    /**
     * Returns where an input's pixels are.
     *
     * @param input number of the input
     * @return its row in {@link #data()}, or nothing if it failed
     * @throws IndexOutOfBoundsException if there is no such input
     */
    public OptionalInt row(int input) {
        return failures.get(input).isPresent() ? OptionalInt.empty() : OptionalInt.of(rows[input]);
    }

    /**
     * Returns why an input has no pixels.
     *
     * @param input number of the input
     * @return what went wrong, or nothing if it is good
     * @throws IndexOutOfBoundsException if there is no such input
     */
    public Optional<ImageDecodeException> failure(int input) {
        return failures.get(input);
    }
}
