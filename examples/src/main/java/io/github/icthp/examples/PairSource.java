package io.github.icthp.examples;

import com.google.common.base.Ascii;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the images and prompts of a command come from; can be gone through more than once. */
interface PairSource {

    /**
     * Goes through the pairs.
     *
     * @return the pairs in order, to be closed
     * @throws UnusableException if a row is damaged, when it is reached
     */
    Stream<PromptImage> open();

    /** Counts the pairs, and so checks that all of them can be read. */
    default long count() {
        try (Stream<PromptImage> all = open()) {
            return all.mapToLong(pair -> 1).sum();
        }
    }

    /** Image files for one prompt. */
    static PairSource of(List<Path> images, String prompt) {
        return () -> images.stream().map(image -> PromptImage.of(prompt, image));
    }

    /**
     * The rows of a file.
     *
     * @param file JSON lines or CSV, by its name
     * @param prompt that of rows without one
     * @param promptless whether rows without any prompt are allowed
     * @throws UnusableException if there are no rows, or one is damaged
     */
    static PairSource of(Path file, Optional<String> prompt, boolean promptless) {
        PairSource source = rows(file, prompt, promptless);
        try {
            if (source.count() == 0) {
                throw new UnusableException("--pairs: " + file + " has no rows");
            }
        } catch (UncheckedIOException e) {
            throw new UnusableException(
                    "--pairs: cannot read "
                            + file
                            + ": "
                            + (e.getCause() instanceof CharacterCodingException
                                    ? "it is not UTF-8; save it in that encoding"
                                    : Messages.of(e.getCause())));
        }
        return source;
    }

    private static PairSource rows(Path file, Optional<String> prompt, boolean promptless) {
        if (!Files.isRegularFile(file)) {
            throw new UnusableException("--pairs: " + file + " is not a file");
        }
        String name = Ascii.toLowerCase(file.getFileName().toString());
        PairRows rows = new PairRows(file, promptless ? prompt.or(() -> Optional.of("")) : prompt);
        if (name.endsWith(".csv")) {
            return () -> PairCsv.read(rows);
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return () -> PairJsonLines.read(rows);
        }
        throw new UnusableException("--pairs: expected a .jsonl or .csv file, got " + file);
    }

    /**
     * The file of pairs, and what its rows have in common.
     *
     * @param file the file
     * @param prompt that of rows without one
     */
    record PairRows(Path file, Optional<String> prompt) {

        private static final char BYTE_ORDER_MARK = '\uFEFF';

        /** Makes a pair; its image keeps the name that the row gives it. */
        PromptImage pair(long line, Optional<String> image, Optional<String> text) {
            String name = image.filter(i -> !i.isBlank()).orElseThrow(() -> missing(line, "image"));
            String chosen = text.or(() -> prompt).orElseThrow(() -> missing(line, "prompt"));
            Path path = file.resolveSibling(name);
            return new PromptImage(
                    chosen, new ImageSource.Encoded(name, () -> Files.readAllBytes(path)));
        }

        private UnusableException missing(long line, String field) {
            return damaged(line, "has no " + field);
        }

        /** Opens the file's text: UTF-8, with or without a byte order mark, and nothing else. */
        BufferedReader text() {
            try {
                BufferedReader reader = Files.newBufferedReader(file);
                reader.mark(1);
                if (reader.read() != BYTE_ORDER_MARK) {
                    reader.reset();
                }
                return reader;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        UnusableException damaged(long line, String problem) {
            return new UnusableException("--pairs: " + file + ", line " + line + " " + problem);
        }
    }
}
