package io.github.icthp.examples.input;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.console.Arguments;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.files.CsvRows;
import io.github.icthp.files.Utf8Text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** A file of pairs while it is read once, and what its rows have in common. */
final class PairRows {

    private final String option;
    private final Path file;
    private final Optional<String> prompt;

    /** Whether the remedy for names that the locale lacks was told. */
    private boolean told;

    /**
     * Begins.
     *
     * @param option what names the file, for messages
     * @param file the file
     * @param prompt that of rows without one
     */
    PairRows(String option, Path file, Optional<String> prompt) {
        this.option = option;
        this.file = file;
        this.prompt = prompt;
    }

    /** Makes a pair; its image keeps the name that the row gives it. */
    PairRow pair(long line, Optional<String> image, Optional<String> text) {
        Optional<String> name = image.filter(i -> !i.isBlank());
        Optional<String> chosen = text.or(() -> prompt);
        if (name.isEmpty() || chosen.isEmpty()) {
            return unusable(line, name.isEmpty() ? " has no image" : " has no prompt");
        }
        if (Arguments.hasHalfCharacter(chosen.get())) {
            return unusable(line, ": the prompt has half a character (a lone surrogate)");
        }
        return PairRow.of(chosen.get(), image(line, name.get()));
    }

    private ImageSource image(long line, String name) {
        try {
            Path path = file.resolveSibling(name);
            return new ImageSource.Encoded(name, () -> Files.readAllBytes(path));
        } catch (InvalidPathException e) {
            return PairRow.unreadable(name, place(line) + ": " + notAName(name, e));
        }
    }

    private String notAName(String name, InvalidPathException e) {
        String problem = "'" + name + "' cannot be the name of a file: " + e.getReason();
        if (told || !Arguments.inexpressible(name)) {
            return problem;
        }
        told = true;
        return problem + "; " + Arguments.REMEDY;
    }

    /** A row that fails alone. */
    PairRow unusable(long line, String problem) {
        return PairRow.damaged(place(line), place(line) + problem);
    }

    /** Ends the command: rows after this one cannot be told apart. */
    UnusableException damaged(long line, String problem) {
        return new UnusableException(option + ": " + place(line) + problem);
    }

    /** What ends the reading of a CSV text. */
    CsvRows.Problems problems() {
        return new CsvRows.Problems() {
            @Override
            public RuntimeException damaged(long line, String problem) {
                return PairRows.this.damaged(line, ": " + problem);
            }

            @Override
            public RuntimeException unreadable(IOException cause) {
                return new UncheckedIOException(cause);
            }
        };
    }

    private String place(long line) {
        return file + ", line " + line;
    }

    /** Opens the file's text: UTF-8, with or without a byte order mark, and nothing else. */
    BufferedReader text() {
        try {
            return Utf8Text.open(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
