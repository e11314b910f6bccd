package io.github.icthp.image;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.IntStream;

/** The kinds of picture files that are read, told apart by their first bytes. */
enum ImageFormat {
    JPEG("\u00ff\u00d8\u00ff", 0),
    PNG("\u0089PNG\r\n\u001a\n", 0),
    WEBP("WEBP", 8),
    GIF("GIF8", 0),
    BMP("BM", 0);

    private static final int SHOWN = 12;

    private final String magic;
    private final int offset;

    ImageFormat(String magic, int offset) {
        this.magic = magic;
        this.offset = offset;
    }

    static ImageFormat of(byte[] file) throws ImageFormatException {
        if (file.length == 0) {
            throw new ImageFormatException("the file is empty");
        }
        for (ImageFormat format : values()) {
            if (format.matches(file)) {
                return format;
            }
        }
        throw new ImageFormatException(
                "expected a JPEG, PNG, WebP, GIF or BMP file, got "
                        + ForeignFormat.describe(file)
                                .orElseGet(() -> "one that starts with " + start(file)));
    }

    /** The first bytes: as text if they are, such as a page that stands where a picture should. */
    private static String start(byte[] file) {
        int length = Math.min(file.length, SHOWN);
        boolean text = IntStream.range(0, length).allMatch(i -> file[i] >= ' ' && file[i] <= '~');
        return text
                ? "the text '" + new String(file, 0, length, StandardCharsets.US_ASCII) + "'"
                : HexFormat.of().formatHex(file, 0, length);
    }

    private boolean matches(byte[] file) {
        return file.length >= offset + magic.length()
                && IntStream.range(0, magic.length())
                        .allMatch(i -> (file[offset + i] & 0xFF) == magic.charAt(i));
    }
}
