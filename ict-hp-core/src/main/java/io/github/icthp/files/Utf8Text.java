package io.github.icthp.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens text files: UTF-8, with or without a byte order mark, and nothing else. */
public final class Utf8Text {

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private Utf8Text() {}

    /**
     * Opens a file behind its byte order mark, if it has one.
     *
     * @param file a text file
     * @return its text; what is no UTF-8 ends the reading with a {@link
     *     java.nio.charset.CharacterCodingException}. The caller closes it
     * @throws IOException if the file cannot be read
     */
    public static BufferedReader open(Path file) throws IOException {
        BufferedReader reader = Files.newBufferedReader(file);
        try {
            reader.mark(1);
            if (reader.read() != BYTE_ORDER_MARK) {
                reader.reset();
            }
            return reader;
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }
}
