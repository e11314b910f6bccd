package io.github.icthp.examples.input;

import com.google.common.base.Ascii;

import io.github.icthp.examples.console.UnusableException;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Prompts, one a line. */
public final class PromptFile {

    /** What editors of Windows put before a text in UTF-8. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final int SHOWN = 60;
    private static final List<String> TABLES =
            List.of(".csv", ".tsv", ".jsonl", ".ndjson", ".json");
    private static final Pattern JSON = Pattern.compile("\\{\\s*\"|\\[\\s*[\"{]|\\[$");

    private PromptFile() {}

    /** Reads the lines that are not blank. */
    public static List<String> read(Path file) {
        try {
            List<String> prompts =
                    withoutMark(Files.readString(file))
                            .lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .toList();
            check(file, prompts);
            return prompts;
        } catch (NoSuchFileException e) {
            throw new UnusableException(
                    file + " does not exist: name a file with one prompt a line");
        } catch (CharacterCodingException e) {
            throw new UnusableException(file + " is not text in UTF-8");
        } catch (IOException e) {
            throw new UnusableException(file + " cannot be read: " + e);
        }
    }

    /** A table's rows would be taken for prompts, and a model tuned on them, without a word. */
    private static void check(Path file, List<String> prompts) {
        if (prompts.isEmpty()) {
            throw new UnusableException(file + " holds no prompts: write one a line");
        }
        String name = Ascii.toLowerCase(file.toString());
        if (TABLES.stream().anyMatch(name::endsWith)
                || JSON.matcher(prompts.get(0)).lookingAt()
                || prompts.stream().anyMatch(prompt -> prompt.indexOf('\0') >= 0)) {
            throw new UnusableException(
                    file
                            + " is not plain text, it begins with '"
                            + Ascii.truncate(prompts.get(0), SHOWN, "...").replace('\0', '?')
                            + "': write one prompt a line, in UTF-8");
        }
    }

    private static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }
}
