package io.github.icthp.image;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kind of file that stands where a picture is expected and is not read; messages name it.
 *
 * @param label what it is called
 * @param signs what such files hold, any of them
 */
record ForeignFormat(String label, List<Sign> signs) {

    private static final String CONVERT = "; convert it to PNG or JPEG";

    /** A format is told by its first bytes, or by a word in as many of them. */
    private static final int START = 1024;

    private static final List<ForeignFormat> KNOWN =
            List.of(
                    kind("AVIF", at(4, "ftypavif"), at(4, "ftypavis")),
                    kind("HEIC", at(4, "ftyphei"), at(4, "ftyphev")),
                    kind("HEIF", at(4, "ftypmif1"), at(4, "ftypmsf1")),
                    kind("a video", at(4, "ftyp"), at(0, "\u001aE\u00df\u00a3"), at(8, "AVI ")),
                    kind("TIFF", at(0, "II*\0"), at(0, "MM\0*"), at(0, "II+\0"), at(0, "MM\0+")),
                    kind("a Photoshop document (PSD)", at(0, "8BPS")),
                    kind("JPEG XL", at(0, "\u00ff\n"), at(4, "JXL ")),
                    kind("JPEG 2000", at(4, "jP  "), at(0, "\u00ffO\u00ffQ")),
                    kind("an icon (ICO)", at(0, "\0\0\1\0"), at(0, "\0\0\2\0")),
                    new ForeignFormat(
                            "a Netpbm picture",
                            Stream.of(1, 2, 3, 4, 5, 6).map(n -> at(0, "P" + n + "\n")).toList()),
                    kind("OpenEXR", at(0, "v/1\1")),
                    kind("Radiance HDR", at(0, "#?RADIANCE"), at(0, "#?RGBE")),
                    kind("a DDS texture", at(0, "DDS ")),
                    kind("QOI", at(0, "qoif")),
                    kind("PDF", at(0, "%PDF")),
                    kind("PostScript", at(0, "%!PS")));

    private static final ForeignFormat ARCHIVE =
            kind("an archive", at(0, "PK\3\4"), at(0, "\u001f\u008b"), at(0, "7z\u00bc\u00af"));

    /**
     * What a file holds at a place.
     *
     * @param offset its first byte
     * @param content the bytes, as ISO 8859-1
     */
    record Sign(int offset, String content) {}

    private static ForeignFormat kind(String label, Sign... signs) {
        return new ForeignFormat(label, List.of(signs));
    }

    private static Sign at(int offset, String content) {
        return new Sign(offset, content);
    }

    /**
     * Says what a file is and what to do about it.
     *
     * @param file a file that is none of those that are read
     * @return a clause, or nothing if the file is of no kind known here
     */
    static Optional<String> describe(byte[] file) {
        int length = Math.min(file.length, START);
        String start = new String(file, 0, length, StandardCharsets.ISO_8859_1);
        String text = start.toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return Optional.of("a Git LFS pointer; fetch the picture with 'git lfs pull'");
        }
        if (text.contains("<svg")) {
            return Optional.of("SVG; render it to PNG");
        }
        if (start.startsWith("\u0089PNG")) {
            return Optional.of("a PNG damaged by a transfer as text; transfer it as binary");
        }
        if (ARCHIVE.isStartOf(start)) {
            return Optional.of(ARCHIVE.label + "; unpack it");
        }
        return KNOWN.stream()
                .filter(format -> format.isStartOf(start))
                .findFirst()
                .map(format -> format.label + CONVERT);
    }

    private boolean isStartOf(String file) {
        return signs.stream().anyMatch(sign -> file.startsWith(sign.content(), sign.offset()));
    }
}
