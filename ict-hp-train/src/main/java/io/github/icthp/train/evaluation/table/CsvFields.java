package io.github.icthp.train.evaluation.table;

import com.google.common.collect.AbstractIterator;

import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.Manifest.Fields;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows of a CSV text (RFC 4180) by the names of its header. */
final class CsvFields extends AbstractIterator<Fields> {

    private static final int END = -1;
    private static final Set<String> NEEDED = Set.of("model", "prompt", "image");

    private final Reader in;
    private final Path file;
    private final List<String> header;
    private long line = 1;
    private int next;

    private CsvFields(Reader in, Path file) {
        this.in = in;
        this.file = file;
        this.next = read();
        this.header = record().stream().map(String::strip).toList();
        if (!header.containsAll(NEEDED) || new HashSet<>(header).size() < header.size()) {
            throw Manifest.damaged(
                    file,
                    1,
                    "must be a header that names model, prompt and image once each, separated by"
                            + " commas; it names "
                            + header);
        }
    }

    static Iterator<Fields> of(Reader in, Path file) {
        return new CsvFields(in, file);
    }

    @Override
    protected @Nullable Fields computeNext() {
        while (next != END) {
            long start = line;
            List<String> fields = record();
            if (fields.size() > 1 || !fields.get(0).isBlank()) {
                return named(start, fields);
            }
        }
        return endOfData();
    }

    private Fields named(long start, List<String> fields) {
        if (fields.size() != header.size()) {
            throw Manifest.damaged(
                    file,
                    start,
                    "the header has "
                            + header.size()
                            + " fields, this row "
                            + fields.size()
                            + ": put texts with commas in quotes");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            values.put(header.get(i), fields.get(i));
        }
        return new Fields(start, values);
    }

    private List<String> record() {
        List<String> fields = new ArrayList<>();
        fields.add(field());
        while (next == ',') {
            take();
            fields.add(field());
        }
        if (take() == '\r' && next == '\n') {
            take();
        }
        return fields;
    }

    private String field() {
        StringBuilder text = new StringBuilder();
        while (next == ' ') {
            text.append((char) take());
        }
        if (next == '"') {
            return quoted();
        }
        while (!atFieldEnd()) {
            text.append((char) take());
        }
        return text.toString();
    }

    private String quoted() {
        long opened = line;
        take();
        StringBuilder text = new StringBuilder();
        while (next != END) {
            char c = (char) take();
            if (c == '"' && next != '"') {
                while (next == ' ') {
                    take();
                }
                if (!atFieldEnd()) {
                    throw Manifest.damaged(
                            file,
                            opened,
                            "text follows a closing quote: double the quotes within a field");
                }
                return text.toString();
            }
            text.append(c == '"' ? (char) take() : c);
        }
        throw Manifest.damaged(file, opened, "a quote is not closed");
    }

    private boolean atFieldEnd() {
        return next == ',' || next == '\n' || next == '\r' || next == END;
    }

    private int take() {
        int taken = next;
        next = next == END ? END : read();
        if (taken == '\n' || (taken == '\r' && next != '\n')) {
            line++;
        }
        return taken;
    }

    private int read() throws DatasetException {
        try {
            return in.read();
        } catch (IOException e) {
            throw Manifest.unreadable(file, e);
        }
    }
}
