package io.github.icthp.train.pickhigh;

import com.google.common.hash.Hashing;
import com.google.common.io.Resources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Words that no prompt may hold. */
final class WordList {

    static final String NAME = "words.txt";

    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{N}]+");

    private final String text;
    private final Set<String> words;

    private WordList(String text) {
        this.text = text;
        this.words =
                text.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .map(line -> line.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** The list in a folder, or else this package's. */
    static WordList of(Optional<Path> folder) {
        try {
            if (folder.isPresent() && Files.exists(folder.get().resolve(NAME))) {
                return new WordList(Files.readString(folder.get().resolve(NAME)));
            }
            return new WordList(
                    Resources.toString(
                            Resources.getResource(WordList.class, NAME), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the list of words (" + e + ")", e);
        }
    }

    /** The first word of the list in a text. */
    Optional<String> find(String prompt) {
        return BETWEEN.splitAsStream(prompt.toLowerCase(Locale.ROOT))
                .filter(words::contains)
                .findFirst();
    }

    String fingerprint() {
        return Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString();
    }
}
