package io.github.icthp.train.evaluation.table;

import com.google.common.base.Ascii;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import io.github.icthp.train.evaluation.table.Manifest.Fields;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/** Rows of JSON lines: texts and numbers of flat objects; other values are passed over. */
final class JsonFields implements Iterator<Fields> {

    private static final int SHOWN = 60;

    private final Iterator<String> lines;
    private final Path file;
    private long line;
    private String text = "";

    private JsonFields(Iterator<String> lines, Path file) {
        this.lines = lines;
        this.file = file;
    }

    static Iterator<Fields> of(Stream<String> lines, Path file) {
        return new JsonFields(lines.iterator(), file);
    }

    @Override
    public boolean hasNext() {
        while (text.isBlank() && moreLines()) {
            text = lines.next();
            line++;
        }
        return !text.isBlank();
    }

    private boolean moreLines() {
        try {
            return lines.hasNext();
        } catch (UncheckedIOException e) {
            throw Manifest.unreadable(file, e.getCause());
        }
    }

    @Override
    public Fields next() {
        if (!hasNext()) {
            throw new NoSuchElementException(file + " has no more lines");
        }
        String current = text;
        text = "";
        try {
            return new Fields(line, values(current));
        } catch (IOException | IllegalStateException e) {
            throw Manifest.damaged(
                    file,
                    line,
                    "expected a JSON object with each name once, got "
                            + Ascii.truncate(current.strip(), SHOWN, "..."));
        }
    }

    private static Map<String, String> values(String line) throws IOException {
        Map<String, String> found = new LinkedHashMap<>();
        try (JsonReader in = new JsonReader(new StringReader(line))) {
            in.setStrictness(Strictness.STRICT);
            in.beginObject();
            while (in.hasNext()) {
                String name = in.nextName();
                boolean text = in.peek() == JsonToken.STRING || in.peek() == JsonToken.NUMBER;
                String value = text ? in.nextString() : "";
                if (!text) {
                    in.skipValue();
                }
                if (found.put(name, value) != null) {
                    throw new IOException(name + " is given twice");
                }
            }
            in.endObject();
            if (in.peek() != JsonToken.END_DOCUMENT) {
                throw new IOException("more than one object");
            }
        }
        return found;
    }
}
