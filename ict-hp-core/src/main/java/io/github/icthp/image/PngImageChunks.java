package io.github.icthp.image;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** What a PNG file's chunks hold, as far as a picture's pixels need them. */
final class PngImageChunks {

    private static final int SIGNATURE = 8;
    private static final int IHDR = name("IHDR");
    private static final int PLTE = name("PLTE");
    private static final int IDAT = name("IDAT");
    private static final int IEND = name("IEND");
    private static final int EXIF = name("eXIf");

    private final byte[] file;
    private final PngImageHeader header;
    private final byte[] palette = new byte[3 * 256];
    private final List<PngImageData.Part> data = new ArrayList<>();
    private byte[] exif = {};

    /** Finds the chunks; a file that is cut off gives what is there. */
    PngImageChunks(byte[] file) throws ImageFormatException {
        this.file = file;
        ByteBuffer in = ByteBuffer.wrap(file).position(SIGNATURE);
        int name = IHDR;
        PngImageHeader found = null;
        while (name != IEND && in.remaining() >= 8) {
            int stated = in.getInt();
            name = in.getInt();
            int start = in.position();
            int length = stated < 0 ? in.remaining() : Math.min(stated, in.remaining());
            if (found == null) {
                found = header(name, start, length);
            } else {
                take(name, start, length);
            }
            in.position((int) Math.min(start + length + 4L, file.length));
        }
        if (found == null) {
            throw new ImageFormatException("PNG header is cut off");
        }
        this.header = found;
    }

    PngImageHeader header() {
        return header;
    }

    /** Returns 256 colors, three bytes each; black where the file names none. */
    byte[] palette() {
        return palette;
    }

    /** Returns where the compressed rows lie. */
    List<PngImageData.Part> data() {
        return data;
    }

    /** Returns the EXIF block, empty if there is none. */
    byte[] exif() {
        return exif;
    }

    private PngImageHeader header(int name, int start, int length) throws ImageFormatException {
        if (name != IHDR) {
            throw new ImageFormatException("PNG does not start with its header");
        }
        check(start, length);
        return PngImageHeader.parse(ByteBuffer.wrap(file, start, length));
    }

    private void take(int name, int start, int length) throws ImageFormatException {
        if (data.isEmpty() && name != IDAT) {
            check(start, length);
        }
        if (name == PLTE) {
            System.arraycopy(file, start, palette, 0, Math.min(length, palette.length));
        } else if (name == IDAT) {
            data.add(new PngImageData.Part(start, length));
        } else if (name == EXIF) {
            exif = Arrays.copyOfRange(file, start, start + length);
        }
    }

    /**
     * What stands before the pixels must be whole, as Pillow demands: a damaged palette, or one
     * whose name is damaged, would give a wrong picture without any other sign.
     */
    private void check(int start, int length) throws ImageFormatException {
        CRC32 sum = new CRC32();
        sum.update(file, start - 4, length + 4);
        boolean whole = start + length + 4L <= file.length;
        if (!whole || ByteBuffer.wrap(file).getInt(start + length) != (int) sum.getValue()) {
            throw new ImageFormatException(
                    "PNG header, palette or another part before the pixels is damaged: its"
                            + " checksum differs");
        }
    }

    private static int name(String name) {
        return name.charAt(0) << 24 | name.charAt(1) << 16 | name.charAt(2) << 8 | name.charAt(3);
    }
}
