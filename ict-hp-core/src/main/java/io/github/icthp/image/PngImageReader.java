package io.github.icthp.image;

/**
 * Reads PNG to the bytes that Pillow's {@code convert("RGB")} gives; see {@link PngImagePixels} for
 * what becomes of the kinds. Transparency, color profiles and gamma are ignored.
 */
final class PngImageReader {

    private static final int BLOCK = 1 << 16;

    /** Deflate makes 1,032 bytes of one at most. */
    private static final int LARGEST_EXPANSION = 1032;

    /** Adam7's passes. */
    private static final Pass[] PASSES = {
        new Pass(0, 0, 8, 8),
        new Pass(0, 4, 8, 8),
        new Pass(4, 0, 8, 4),
        new Pass(0, 2, 4, 4),
        new Pass(2, 0, 4, 2),
        new Pass(0, 1, 2, 2),
        new Pass(1, 0, 2, 1),
    };

    private static final Pass WHOLE = new Pass(0, 0, 1, 1);

    /**
     * Which pixels come in one go.
     *
     * @param top the first row
     * @param left the first column
     * @param down from one row to the next
     * @param right from one column to the next
     */
    private record Pass(int top, int left, int down, int right) {

        int rows(int height) {
            return (height - top + down - 1) / down;
        }

        int columns(int width) {
            return (width - left + right - 1) / right;
        }
    }

    private final PngImageHeader header;
    private final PngImageData data;
    private final byte[] rgb;
    private final PngImagePixels pixels;

    private PngImageReader(PngImageChunks chunks, PngImageData data, boolean alpha) {
        this.header = chunks.header();
        this.data = data;
        this.rgb = new byte[3 * header.width() * header.height()];
        this.pixels = new PngImagePixels(header, chunks.palette(), rgb, alpha);
    }

    /**
     * Reads the colors, and remembers what Pillow's mode of the picture means for resizing: pixels
     * of a palette or of one bit are never averaged, and those with alpha by their opacity.
     */
    static RgbImage read(byte[] file, PngImageChunks chunks) throws ImageFormatException {
        PngImageHeader header = chunks.header();
        RgbImage colors = read(file, chunks, false);
        if (header.color() == PngImageHeader.PALETTE || header.depth() == 1) {
            return colors.asIndexed();
        }
        boolean opaque =
                header.color() == PngImageHeader.RGB || header.color() == PngImageHeader.GRAY;
        return opaque ? colors : colors.withAlpha(() -> readAlpha(file, chunks));
    }

    private static RgbImage readAlpha(byte[] file, PngImageChunks chunks) {
        try {
            return read(file, chunks, true);
        } catch (ImageFormatException e) {
            // The same rows have been read before.
            throw new IllegalStateException("PNG alpha of a picture that was read", e);
        }
    }

    private static RgbImage read(byte[] file, PngImageChunks chunks, boolean alpha)
            throws ImageFormatException {
        PngImageHeader header = chunks.header();
        long compressed = chunks.data().stream().mapToLong(PngImageData.Part::length).sum();
        if (compressed * LARGEST_EXPANSION
                < (long) header.rowBytes(header.width()) * header.height()) {
            throw new ImageFormatException(
                    "PNG has "
                            + compressed
                            + " bytes of data, too few for "
                            + header.width()
                            + "x"
                            + header.height()
                            + " pixels: the file is cut off");
        }
        try (PngImageData data = new PngImageData(file, chunks.data())) {
            PngImageReader reader = new PngImageReader(chunks, data, alpha);
            if (header.interlaced()) {
                for (Pass pass : PASSES) {
                    reader.read(pass);
                }
            } else {
                reader.read(WHOLE);
            }
            return RgbImage.wrap(header.width(), header.height(), reader.rgb);
        }
    }

    private void read(Pass pass) throws ImageFormatException {
        int columns = pass.columns(header.width());
        int rows = pass.rows(header.height());
        if (columns < 1 || rows < 1) {
            return;
        }
        int stride = 1 + header.rowBytes(columns);
        int perBlock = Math.max(1, Math.min(rows, BLOCK / stride));
        // one row more, for the row above the block's first
        byte[] block = new byte[Math.multiplyExact(stride, perBlock + 1)];
        PngImageFilter filter = new PngImageFilter(block, stride - 1, header.filterDistance());
        for (int row = 0; row < rows; row += perBlock) {
            int count = Math.min(perBlock, rows - row);
            System.arraycopy(block, stride * perBlock, block, 0, stride);
            data.read(block, stride, stride * count);
            for (int i = 1; i <= count; i++) {
                int start = stride * i + 1;
                if (row + i == 1) {
                    filter.restoreFirst(block[start - 1], start);
                } else {
                    filter.restore(block[start - 1], start, start - stride);
                }
                int y = pass.top() + (row + i - 1) * pass.down();
                pixels.put(block, start, columns, y * header.width() + pass.left(), pass.right());
            }
        }
    }
}
