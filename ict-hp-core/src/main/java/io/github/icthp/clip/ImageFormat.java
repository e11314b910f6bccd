package io.github.icthp.clip;

import java.util.HexFormat;
import java.util.stream.IntStream;

/** The kinds of picture files that are read, told apart by their first bytes. */
enum ImageFormat {
    JPEG("\u00ff\u00d8\u00ff", 0),
    PNG("\u0089PNG\r\n\u001a\n", 0),
    WEBP("WEBP", 8),
    GIF("GIF8", 0),
    BMP("BM", 0);

    private final String magic;
    private final int offset;

    ImageFormat(String magic, int offset) {
        this.magic = magic;
        this.offset = offset;
    }

    static ImageFormat of(byte[] file) throws ImageFormatException {
        if (file.length == 0) {
            throw new ImageFormatException("there is not a single byte");
        }
        for (ImageFormat format : values()) {
            if (format.matches(file)) {
                return format;
            }
        }
        String start = HexFormat.of().formatHex(file, 0, Math.min(file.length, 12));
        throw new ImageFormatException(
                "expected a JPEG, PNG, WebP, GIF or BMP file, got one that starts with " + start);
    }

    private boolean matches(byte[] file) {
        return file.length >= offset + magic.length()
                && IntStream.range(0, magic.length())
                        .allMatch(i -> (file[offset + i] & 0xFF) == magic.charAt(i));
    }
}
