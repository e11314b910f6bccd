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
 * {base}}, {@code {extended}}, {@code {refined}}, {@code {answer}} and {@code {problem}} stand for
 * a row's texts.
 */
final class Templates {

    /** Templates by name; the number is raised when one changes. */
    static final String REFINE = "refine-1.txt";

    static final String VERIFY = "verify-1.txt";
    static final String REPAIR = "repair-1.txt";
    static final List<String> NAMES = List.of(REFINE, VERIFY, REPAIR);

    private static final String DIVIDER = "\n---\n";

    private final Optional<Path> folder;

    Templates(Optional<Path> folder) {
        this.folder = folder;
    }

    /** What to ask. */
    record Question(String instructions, String request) {}

    Question question(String name, Map<String, String> texts) {
        String text = text(name);
        int divider = text.indexOf(DIVIDER);
        if (divider < 0) {
            throw new IllegalArgumentException(
                    "template "
                            + name
                            + ": expected instructions and a request, divided by a line ---");
        }
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
