package io.github.icthp.train.pickhigh;

import com.google.common.collect.AbstractIterator;

import io.github.icthp.train.data.DatasetException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows of a CSV file (RFC 4180) by the names in its header. */
final class CsvLines extends AbstractIterator<Map<String, String>> {

    private final Reader in;
    private final Path file;
    private final List<String> header;
    private int next;
    private long row;

    CsvLines(Reader in, Path file) {
        this.in = in;
        this.file = file;
        this.next = read();
        this.header = record().stream().map(String::strip).toList();
    }

    @Override
    protected @Nullable Map<String, String> computeNext() {
        while (next >= 0) {
            row++;
            List<String> fields = record();
            if (fields.size() == 1 && fields.get(0).isBlank()) {
                continue;
            }
            if (fields.size() != header.size()) {
                throw damaged(
                        "the header has "
                                + header.size()
                                + " fields, this row "
                                + fields.size()
                                + ": put texts with commas in quotes");
            }
            Map<String, String> values = new HashMap<>();
            for (int i = 0; i < fields.size(); i++) {
                values.put(header.get(i), fields.get(i));
            }
            return values;
        }
        return endOfData();
    }

    private List<String> record() {
        List<String> fields = new ArrayList<>();
        fields.add(field());
        while (next == ',') {
            next = read();
            fields.add(field());
        }
        if (next == '\r') {
            next = read();
        }
        if (next == '\n') {
            next = read();
        }
        return fields;
    }

    private String field() {
        StringBuilder text = new StringBuilder();
        if (next == '"') {
            quoted(text);
        }
        while (next != ',' && next != '\n' && next != '\r' && next >= 0) {
            text.append((char) next);
            next = read();
        }
        return text.toString();
    }

    private void quoted(StringBuilder text) {
        next = read();
        while (next >= 0) {
            char c = (char) next;
            next = read();
            if (c == '"') {
                if (next != '"') {
                    return;
                }
                next = read();
            }
            text.append(c);
        }
        throw damaged("a quote is not closed");
    }

    private int read() {
        try {
            return in.read();
        } catch (IOException e) {
            throw new UncheckedIOException("base prompts: cannot read " + file, e);
        }
    }

    private DatasetException damaged(String problem) {
        return new DatasetException("base prompts: " + file + ", row " + row + ": " + problem);
    }
}
