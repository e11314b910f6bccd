package io.github.icthp.train.pickhigh;

import com.google.common.hash.Hashing;
import com.google.common.io.Resources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The texts that language models are asked with: this package's resources, or files of the same
 * names in a folder. Instructions and request are divided by a line of three dashes; {@code
 * {base}}, {@code {extended}}, {@code {refined}}, and for a repair {@code {instructions}}, {@code
 * {request}}, {@code {answer}} and {@code {problem}} stand for a row's texts.
 */
final class Templates {

    /** Templates by name; the number is raised when one changes. */
    static final String REFINE = "refine-1.txt";

    static final String VERIFY = "verify-1.txt";
    static final String REPAIR = "repair-1.txt";
    static final List<String> NAMES = List.of(REFINE, VERIFY, REPAIR);

    /** Without these a model would not see what it is asked about. */
    private static final Map<String, List<String>> NEEDED =
            Map.of(
                    REFINE, List.of("{base}", "{extended}"),
                    VERIFY, List.of("{base}", "{refined}"),
                    REPAIR, List.of("{request}", "{answer}"));

    private static final String DIVIDER = "\n---\n";

    private final Optional<Path> folder;

    /**
     * Reads and checks the templates.
     *
     * @throws IllegalArgumentException if the folder has none of them, or one lacks its divider or
     *     what it needs
     */
    Templates(Optional<Path> folder) {
        this.folder = folder;
        folder.ifPresent(
                given -> {
                    if (NAMES.stream().noneMatch(name -> Files.exists(given.resolve(name)))) {
                        throw new IllegalArgumentException(
                                "templates: expected at least one of "
                                        + String.join(", ", NAMES)
                                        + " in "
                                        + given
                                        + ", which has none");
                    }
                });
        NAMES.forEach(this::check);
    }

    private void check(String name) {
        String text = text(name);
        if (!text.contains(DIVIDER)) {
            throw new IllegalArgumentException(
                    "template "
                            + name
                            + ": expected instructions and a request, divided by a line ---");
        }
        for (String placeholder : NEEDED.get(name)) {
            if (!text.contains(placeholder)) {
                throw new IllegalArgumentException(
                        "template "
                                + name
                                + ": expected "
                                + placeholder
                                + ", which stands for a row's text, but it is not there");
            }
        }
    }

    /** What to ask. */
    record Question(String instructions, String request) {}

    Question question(String name, Map<String, String> texts) {
        String text = text(name);
        int divider = text.indexOf(DIVIDER);
        return new Question(
                filled(text.substring(0, divider), texts),
                filled(text.substring(divider + DIVIDER.length()), texts));
    }

    /** Fills in all texts at once, so that a text that looks like a placeholder stays as it is. */
    private static String filled(String template, Map<String, String> texts) {
        StringBuilder filled = new StringBuilder();
        int at = 0;
        for (int open = template.indexOf('{'); open >= 0; open = template.indexOf('{', open + 1)) {
            int close = template.indexOf('}', open);
            String name = close < 0 ? "" : template.substring(open + 1, close);
            if (texts.containsKey(name)) {
                filled.append(template, at, open).append(texts.get(name));
                at = close + 1;
            }
        }
        return filled.append(template.substring(at)).toString().strip();
    }

    String text(String name) {
        try {
            if (folder.isPresent() && Files.exists(folder.get().resolve(name))) {
                return Files.readString(folder.get().resolve(name)).replace("\r\n", "\n");
            }
            return Resources.toString(
                    Resources.getResource(Templates.class, name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the template " + name + " (" + e + ")", e);
        }
    }

    /** What tells two versions of a template apart. */
    String fingerprint(String name) {
        return Hashing.sha256().hashString(text(name), StandardCharsets.UTF_8).toString();
    }
}
