package io.github.icthp.image;

import org.jspecify.annotations.Nullable;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a WebP file's chunks hold: the first frame, and where it lies on the canvas. */
final class WebpImageChunks {

    private static final int RIFF_HEADER = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int FRAME_HEADER = 16;
    private static final byte[] EXIF_NAME = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);

    /**
     * A chunk.
     *
     * @param name its four letters
     * @param start where its content starts in the file
     * @param end where its content ends
     */
    record Chunk(String name, int start, int end) {

        boolean isPicture() {
            return name.equals("VP8 ") || name.equals("VP8L");
        }

        boolean isLossless() {
            return name.equals("VP8L");
        }
    }

    private final byte[] file;
    private final ByteBuffer in;
    private @Nullable Chunk picture;
    private byte[] exif = {};
    private int canvasWidth;
    private int canvasHeight;
    private int left;
    private int top;

    WebpImageChunks(byte[] file) throws ImageFormatException {
        this.file = file;
        this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        try {
            long stated = CHUNK_HEADER + (in.getInt(4) & 0xFFFF_FFFFL);
            if (file.length < stated - 1) { // a padding byte may be missing
                throw new ImageFormatException(
                        "WebP has " + file.length + " of " + stated + " bytes: it is cut off");
            }
            scan(RIFF_HEADER, (int) Math.min(stated, file.length));
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new ImageFormatException("WebP is cut off or damaged");
        }
    }

    private void scan(int from, int end) throws ImageFormatException {
        int at = from;
        while (end - at >= CHUNK_HEADER) {
            String name = new String(file, at, 4, StandardCharsets.ISO_8859_1);
            long length = in.getInt(at + 4) & 0xFFFF_FFFFL;
            int start = at + CHUNK_HEADER;
            if (length > end - start) {
                throw new ImageFormatException("WebP chunk " + name + " is cut off");
            }
            take(new Chunk(name, start, (int) (start + length)));
            at = (int) Math.min(end, start + length + (length & 1));
        }
    }

    private void take(Chunk chunk) throws ImageFormatException {
        int at = chunk.start();
        if (chunk.isPicture() && picture == null) {
            picture = chunk;
        } else if (chunk.name().equals("VP8X")) {
            canvasWidth = 1 + three(at + 4);
            canvasHeight = 1 + three(at + 7);
        } else if (chunk.name().equals("ANMF") && picture == null) {
            left = 2 * three(at);
            top = 2 * three(at + 3);
            scan(at + FRAME_HEADER, chunk.end());
        } else if (chunk.name().equals("EXIF")) {
            byte[] block = Arrays.copyOfRange(file, at, chunk.end());
            boolean named = Arrays.equals(EXIF_NAME, Arrays.copyOf(block, EXIF_NAME.length));
            exif = named ? Arrays.copyOfRange(block, EXIF_NAME.length, block.length) : block;
        }
    }

    private int three(int at) {
        return (in.getShort(at) & 0xFFFF) | (in.get(at + 2) & 0xFF) << 16;
    }

    Chunk picture() throws ImageFormatException {
        if (picture == null) {
            throw new ImageFormatException("WebP has no picture");
        }
        return picture;
    }

    /** Returns the EXIF block, empty if there is none. */
    byte[] exif() {
        return exif;
    }

    /** Lays the first frame on its canvas, which is black elsewhere. */
    RgbImage lay(RgbImage frame, ImageBudget budget) throws ImageFormatException {
        if (canvasWidth == 0 || (canvasWidth == frame.width() && canvasHeight == frame.height())) {
            return frame;
        }
        budget.check(canvasWidth, canvasHeight, 3);
        if (left > canvasWidth - frame.width() || top > canvasHeight - frame.height()) {
            throw new ImageFormatException("WebP frame " + frame + " is larger than its canvas");
        }
        byte[] rgb = new byte[3 * canvasWidth * canvasHeight];
        int row = 3 * frame.width();
        for (int y = 0; y < frame.height(); y++) {
            int place = 3 * ((top + y) * canvasWidth + left);
            System.arraycopy(frame.pixels(), row * y, rgb, place, row);
        }
        return RgbImage.wrap(canvasWidth, canvasHeight, rgb);
    }
}
