package io.github.icthp.train.evaluation.table;

import com.google.common.base.Ascii;
import com.google.common.collect.Streams;
import com.google.common.io.Closeables;

import io.github.icthp.ImageSource;
import io.github.icthp.files.Utf8Text;
import io.github.icthp.train.data.DatasetException;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Rows of a CSV file or of JSON lines. A damaged row ends the reading with its line. */
final class Manifest implements PictureRows {

    private final Path file;
    private final boolean csv;

    private Manifest(Path file, boolean csv) {
        this.file = file;
        this.csv = csv;
    }

    /**
     * A row's fields before they are checked.
     *
     * @param line where it begins, from 1
     * @param values texts by their column
     */
    record Fields(long line, Map<String, String> values) {

        Optional<String> get(String name) {
            return Optional.ofNullable(values.get(name)).filter(text -> !text.isBlank());
        }
    }

    static Manifest of(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DatasetException(file + " is not a file: name a manifest, .csv or .jsonl");
        }
        String name = Ascii.toLowerCase(file.getFileName().toString());
        boolean csv = name.endsWith(".csv");
        if (!csv && !name.endsWith(".jsonl") && !name.endsWith(".ndjson")) {
            throw new DatasetException(
                    "manifest: expected a .csv, .jsonl or .ndjson file, got " + file);
        }
        return new Manifest(file, csv);
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    @SuppressWarnings("StreamResourceLeak") // the caller closes what it is given, and so the file
    public Stream<PictureRow> open() {
        BufferedReader text = text();
        try {
            Iterator<Fields> fields =
                    csv ? CsvFields.of(text, file) : JsonFields.of(text.lines(), file);
            return Streams.stream(fields)
                    .map(this::row)
                    .onClose(() -> Closeables.closeQuietly(text));
        } catch (RuntimeException e) {
            Closeables.closeQuietly(text);
            throw e;
        }
    }

    private BufferedReader text() {
        try {
            return Utf8Text.open(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private PictureRow row(Fields fields) {
        String prompt = required(fields, "prompt");
        String image = required(fields, "image");
        try {
            return new PictureRow(
                    required(fields, "model"),
                    fields.get("condition").map(PromptCondition::of).orElse(PromptCondition.BASE),
                    fields.get("prompt_id").orElse(prompt),
                    prompt,
                    ImageSource.of(file.resolveSibling(image)));
        } catch (InvalidPathException e) {
            throw damaged(file, fields.line(), "'" + image + "' cannot be the name of a file");
        } catch (IllegalArgumentException e) {
            throw damaged(file, fields.line(), e.getMessage());
        }
    }

    private String required(Fields fields, String name) {
        return fields.get(name)
                .orElseThrow(
                        () ->
                                damaged(
                                        file,
                                        fields.line(),
                                        name + " is missing; the row has " + fields.values()));
    }

    static DatasetException damaged(Path file, long line, String problem) {
        return new DatasetException(file + ", line " + line + ": " + problem);
    }

    static DatasetException unreadable(Path file, IOException e) {
        return new DatasetException(
                file
                        + " cannot be read: "
                        + (e instanceof CharacterCodingException
                                ? "it is not UTF-8; save it in that encoding"
                                : e.toString()),
                e);
    }
}
