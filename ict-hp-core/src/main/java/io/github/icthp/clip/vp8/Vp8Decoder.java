package io.github.icthp.clip.vp8;

import java.io.IOException;

/**
 * Decodes a VP8 key frame to the RGB bytes that libwebp gives. For {@link
 * io.github.icthp.clip.ImageDecoder}, which finds the frame in a WebP file.
 *
 * <p>The frame is reconstructed whole, because predictions read samples before smoothing; then the
 * edges of blocks are smoothed, then colours are converted.
 */
public final class Vp8Decoder {

    private static final int SIDE = 16;

    private final Vp8Header header;
    private final Vp8Plane luma;
    private final Vp8Plane u;
    private final Vp8Plane v;

    private Vp8Decoder(Vp8Header header) {
        int width = SIDE * header.columns();
        int height = SIDE * header.rows();
        this.header = header;
        this.luma = new Vp8Plane(width, height);
        this.u = new Vp8Plane(width / 2, height / 2);
        this.v = new Vp8Plane(width / 2, height / 2);
    }

    /**
     * Reads a frame's size.
     *
     * @param data holds the frame
     * @param start where it starts
     * @param end where it ends
     * @return width and height in pixels
     * @throws IOException if the header is damaged
     */
    public static int[] size(byte[] data, int start, int end) throws IOException {
        Vp8Header header = new Vp8Header(data, start, end);
        return new int[] {header.width(), header.height()};
    }

    /**
     * Decodes a frame.
     *
     * @param data holds the frame
     * @param start where it starts
     * @param end where it ends
     * @return its pixels row by row, three bytes each: red, green, blue
     * @throws IOException if the frame is damaged or cut off
     */
    public static byte[] decode(byte[] data, int start, int end) throws IOException {
        Vp8Header header = new Vp8Header(data, start, end);
        Vp8Decoder decoder = new Vp8Decoder(header);
        decoder.reconstruct();
        return new Vp8Colors(decoder.luma, decoder.u, decoder.v, header.width(), header.height())
                .toRgb();
    }

    private void reconstruct() throws IOException {
        Vp8Macroblock[] row = new Vp8Macroblock[header.columns()];
        for (int column = 0; column < row.length; column++) {
            row[column] = new Vp8Macroblock();
        }
        Vp8Smoothing[][] smoothing = new Vp8Smoothing[header.rows()][row.length];
        boolean[][] inner = new boolean[header.rows()][row.length];
        Vp8Modes modes = new Vp8Modes(header);
        Vp8Coefficients coefficients = new Vp8Coefficients(header);
        Vp8Reconstruction reconstruction = new Vp8Reconstruction(luma, u, v, header.columns());
        for (int y = 0; y < header.rows(); y++) {
            modes.readRow(row);
            coefficients.startRow();
            for (int x = 0; x < row.length; x++) {
                Vp8Macroblock block = row[x];
                boolean any = coefficients.read(block, x, header.tokens(y));
                reconstruction.add(block, x, y);
                smoothing[y][x] = header.smoothing(block.segment, block.inBlocks);
                inner[y][x] = block.inBlocks || any;
            }
        }
        smooth(smoothing, inner);
    }

    private void smooth(Vp8Smoothing[][] smoothing, boolean[][] inner) {
        Vp8LoopFilter lumaFilter = new Vp8LoopFilter(luma, SIDE);
        Vp8LoopFilter uFilter = new Vp8LoopFilter(u, SIDE / 2);
        Vp8LoopFilter vFilter = new Vp8LoopFilter(v, SIDE / 2);
        for (int y = 0; y < smoothing.length; y++) {
            for (int x = 0; x < smoothing[y].length; x++) {
                Vp8Smoothing strength = smoothing[y][x];
                if (strength.limit() > 0) {
                    lumaFilter.filter(x, y, strength, inner[y][x]);
                    if (!strength.simple()) {
                        uFilter.filter(x, y, strength, inner[y][x]);
                        vFilter.filter(x, y, strength, inner[y][x]);
                    }
                }
            }
        }
    }
}
