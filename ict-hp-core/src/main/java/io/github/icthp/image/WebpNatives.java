package io.github.icthp.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the WebP library unpacks its native part. It prints a stack trace if it cannot, and never
 * tries again; so the folder is looked at first, and a bad one is named.
 */
final class WebpNatives {

    private static final String FOLDER = "java.io.tmpdir";
    private static final String OWN_FOLDER = "com.luciad.imageio.webp.tmpdir";

    private static volatile boolean checked;

    private WebpNatives() {}

    /**
     * Checks the folder, once.
     *
     * @throws ImageFormatException if the native part cannot be written or run there
     */
    static void check() throws ImageFormatException {
        if (!checked) {
            check(folder());
            checked = true;
        }
    }

    static void check(String folder) throws ImageFormatException {
        Path probe;
        try {
            probe = Files.createTempFile(Path.of(folder), "ict-hp-webp", ".probe");
        } catch (IOException | RuntimeException e) {
            throw unusable(folder, "must exist and be writable");
        }
        boolean runs = probe.toFile().setExecutable(true) && Files.isExecutable(probe);
        if (!probe.toFile().delete() || !runs) {
            throw unusable(folder, "must not be mounted noexec");
        }
    }

    /** Says that the library did not load although the folder is good. */
    static ImageFormatException notLoaded(LinkageError cause) {
        return new ImageFormatException(
                "WebP needs libwebp, which did not load from "
                        + folder()
                        + " on "
                        + System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.arch")
                        + " ("
                        + cause
                        + "); save the picture as PNG");
    }

    private static ImageFormatException unusable(String folder, String need) {
        return new ImageFormatException(
                "WebP needs a folder for libwebp's native library: "
                        + folder
                        + " "
                        + need
                        + ". Name another with -D"
                        + OWN_FOLDER
                        + "=FOLDER or -D"
                        + FOLDER
                        + "=FOLDER");
    }

    private static String folder() {
        return System.getProperty(OWN_FOLDER, System.getProperty(FOLDER));
    }
}
