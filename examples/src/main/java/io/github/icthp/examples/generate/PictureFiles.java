package io.github.icthp.examples.generate;

import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Where pictures go. */
final class PictureFiles {

    /** Characters of a prompt that become part of a file's name. */
    private static final int NAME_LENGTH = 40;

    private final Path path;
    private final boolean oneFile;

    private PictureFiles(Path path, boolean oneFile) {
        this.path = path;
        this.oneFile = oneFile;
    }

    /** Prepares a folder, or one file, before anything is computed. */
    static PictureFiles of(Path path, long pictures) {
        boolean oneFile = path.toString().toLowerCase(Locale.ROOT).endsWith(".png");
        if (oneFile && pictures > 1) {
            throw new UnusableException(
                    "--out " + path + " is one file for " + pictures + " pictures: name a folder");
        }
        Path folder = oneFile ? path.toAbsolutePath().getParent() : path;
        try {
            FolderFiles.make(folder);
        } catch (IOException e) {
            throw new UnusableException("--out: the folder " + folder + " cannot be made: " + e);
        }
        return new PictureFiles(path, oneFile);
    }

    /** Writes a picture, named by prompt and seed, and returns its file. */
    Path write(GeneratedImage image) {
        Path file = oneFile ? path : path.resolve(name(image));
        image.write(file);
        return file;
    }

    private static String name(GeneratedImage image) {
        String words =
                image.request()
                        .prompts()
                        .get(0)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}]+", "-")
                        .replaceAll("^-|-$", "");
        String name = words.isEmpty() ? "picture" : words;
        int end = name.offsetByCodePoints(0, Math.min(NAME_LENGTH, characters(name)));
        String cut = name.substring(0, end);
        return cut + "-" + image.request().seed() + ".png";
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
