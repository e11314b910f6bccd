package io.github.icthp.examples;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Prompts, one a line. */
final class PromptFile {

    /** What editors of Windows put before a text in UTF-8. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private PromptFile() {}

    /** Reads the lines that are not blank. */
    static List<String> read(Path file) {
        try {
            List<String> prompts =
                    withoutMark(Files.readString(file))
                            .lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .toList();
            if (prompts.isEmpty()) {
                throw new UnusableException(file + " holds no prompts: write one a line");
            }
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

    private static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }
}
