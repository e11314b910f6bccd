package io.github.icthp.examples.input;

import com.google.common.base.Ascii;

import io.github.icthp.PromptImage;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.UnusableException;

import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Where the images and prompts of a command come from; can be gone through more than once. */
public interface PairSource {

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
     * @param option what names the file, for messages
     * @param file JSON lines or CSV, by its name
     * @param prompt that of rows without one
     * @param promptless whether rows without any prompt are allowed
     * @throws UnusableException if there are no rows, none can be used, or where one ends cannot be
     *     known
     */
    static PairSource of(String option, Path file, Optional<String> prompt, boolean promptless) {
        Supplier<Stream<PairRow>> rows = rows(option, file, prompt, promptless);
        try (Stream<PairRow> all = rows.get()) {
            check(option, file, all.iterator());
        } catch (UncheckedIOException e) {
            throw new UnusableException(
                    option
                            + ": cannot read "
                            + file
                            + ": "
                            + (e.getCause() instanceof CharacterCodingException
                                    ? "it is not UTF-8; save it in that encoding"
                                    : Messages.of(e.getCause())));
        }
        return () -> rows.get().map(PairRow::pair);
    }

    /** Reads every row, so that a damaged file is told before anything is scored. */
    private static void check(String option, Path file, Iterator<PairRow> rows) {
        if (!rows.hasNext()) {
            throw new UnusableException(option + ": " + file + " has no rows");
        }
        Optional<String> first = rows.next().problem();
        boolean usable = first.isEmpty();
        while (rows.hasNext()) {
            usable |= rows.next().problem().isEmpty();
        }
        if (!usable) {
            throw new UnusableException(option + ": no row can be used: " + first.orElseThrow());
        }
    }

    private static Supplier<Stream<PairRow>> rows(
            String option, Path file, Optional<String> prompt, boolean promptless) {
        if (!Files.isRegularFile(file)) {
            throw new UnusableException(option + ": " + file + " is not a file");
        }
        String name = Ascii.toLowerCase(file.getFileName().toString());
        Optional<String> otherwise = promptless ? prompt.or(() -> Optional.of("")) : prompt;
        if (name.endsWith(".csv")) {
            return () -> PairCsv.read(new PairRows(option, file, otherwise));
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return () -> PairJsonLines.read(new PairRows(option, file, otherwise));
        }
        throw new UnusableException(option + ": expected a .jsonl or .csv file, got " + file);
    }
}
