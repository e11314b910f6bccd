package io.github.icthp.files;

import com.google.common.collect.AbstractIterator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the rows of a CSV text (RFC 4180). Spaces around quotes and blank lines are passed over; an
 * open quote or text after a closing one ends the reading, because where the row ends cannot be
 * known.
 */
public final class CsvRows extends AbstractIterator<CsvRows.Row> {

    private static final int END = -1;

    private final Reader in;
    private final Problems problems;
    private long line = 1;
    private int next;
    private boolean quoted;

    /**
     * A row that is not blank.
     *
     * @param line where it begins, from 1
     * @param fields its fields without their quotes
     */
    public record Row(long line, List<String> fields) {

        /**
         * Copies the fields.
         *
         * @param line where it begins
         * @param fields its fields
         */
        public Row {
            fields = List.copyOf(fields);
        }
    }

    /** Makes the exceptions that end the reading, which name the file. */
    public interface Problems {

        /**
         * Rows after a line cannot be told apart.
         *
         * @param line the line in which the row begins, from 1
         * @param problem what is wrong with it, without its place
         * @return what is thrown
         */
        RuntimeException damaged(long line, String problem);

        /**
         * The text cannot be read.
         *
         * @param cause what the reader threw
         * @return what is thrown
         */
        RuntimeException unreadable(IOException cause);
    }

    /**
     * Begins.
     *
     * @param in the text, read as its rows are asked for; the caller closes it
     * @param problems makes exceptions
     */
    public CsvRows(Reader in, Problems problems) {
        this.in = in;
        this.problems = problems;
        this.next = read();
    }

    @Override
    protected @Nullable Row computeNext() {
        while (next != END) {
            long start = line;
            quoted = false;
            List<String> fields = new ArrayList<>();
            fields.add(field());
            while (next == ',') {
                take();
                fields.add(field());
            }
            if (take() == '\r' && next == '\n') {
                take();
            }
            if (quoted || fields.size() > 1 || !fields.get(0).isBlank()) {
                return new Row(start, fields);
            }
        }
        return endOfData();
    }

    private String field() {
        StringBuilder text = new StringBuilder();
        while (next == ' ') {
            text.append((char) take());
        }
        if (next == '"') {
            return quotedField();
        }
        while (!atFieldEnd()) {
            text.append((char) take());
        }
        return text.toString();
    }

    private String quotedField() {
        quoted = true;
        long opened = line;
        take();
        StringBuilder text = new StringBuilder();
        while (next != END) {
            char c = (char) take();
            if (c == '"' && next != '"') {
                return closed(opened, text.toString());
            }
            text.append(c == '"' ? (char) take() : c);
        }
        throw problems.damaged(opened, "a quote is not closed");
    }

    private String closed(long opened, String text) {
        while (next == ' ') {
            take();
        }
        if (!atFieldEnd()) {
            throw problems.damaged(
                    opened,
                    "text follows a closing quote (in line "
                            + line
                            + "): close every quote, and double those within a field");
        }
        return text;
    }

    private boolean atFieldEnd() {
        return next == ',' || next == '\n' || next == '\r' || next == END;
    }

    private int take() {
        int taken = next;
        next = read();
        if (taken == '\n' || (taken == '\r' && next != '\n')) {
            line++;
        }
        return taken;
    }

    private int read() {
        try {
            return in.read();
        } catch (IOException e) {
            throw problems.unreadable(e);
        }
    }
}
