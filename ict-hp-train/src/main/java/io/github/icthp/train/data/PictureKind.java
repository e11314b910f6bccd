package io.github.icthp.train.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Formats of encoded pictures, told by their first bytes and not by a file's name. */
enum PictureKind {
    PNG("png", "\u0089PNG\r\n\u001a\n", ""),
    JPEG("jpg", "\u00ff\u00d8\u00ff", ""),
    WEBP("webp", "RIFF", "WEBP");

    /** Where a RIFF file says what it holds. */
    private static final int RIFF_KIND = 8;

    private final String ending;
    private final String start;
    private final String kind;

    PictureKind(String ending, String start, String kind) {
        this.ending = ending;
        this.start = start;
        this.kind = kind;
    }

    String ending() {
        return ending;
    }

    /**
     * Tells the format of a picture.
     *
     * @throws IOException if it is none of these
     */
    static PictureKind of(byte[] picture, String name) throws IOException {
        String head =
                new String(picture, 0, Math.min(picture.length, 16), StandardCharsets.ISO_8859_1);
        for (PictureKind kind : values()) {
            if (head.startsWith(kind.start)
                    && head.startsWith(kind.kind, kind.kind.isEmpty() ? 0 : RIFF_KIND)) {
                return kind;
            }
        }
        throw new IOException(name + ": neither PNG, JPEG nor WebP");
    }
}
