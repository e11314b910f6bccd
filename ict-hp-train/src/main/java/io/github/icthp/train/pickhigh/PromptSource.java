package io.github.icthp.train.pickhigh;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.HydratorSupplier;
import blue.strategic.parquet.ParquetReader;

import com.google.common.base.Strings;
import com.google.common.io.MoreFiles;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.files.CsvRows;
import io.github.icthp.files.NamedCsvRows;
import io.github.icthp.files.Utf8Text;
import io.github.icthp.train.data.DatasetException;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A file of base prompts, read from front to back: text (a prompt a line), CSV with a header, JSON
 * lines or parquet.
 *
 * <p>Columns are those of pickapic_v2: the prompt is {@code caption} (or {@code prompt}, or {@code
 * easy_prompt}); the two pictures are {@code jpg_0} and {@code jpg_1} (encoded pictures, in
 * parquet), {@code image_0} and {@code image_1} (files beside the table) or {@code image_0_url} and
 * {@code image_1_url}; {@code label_0} is 1 where the first was preferred, 0 where the second was,
 * and else a tie. A table without pictures gives prompts alone.
 */
final class PromptSource implements CsvRows.Problems {

    private static final List<String> PROMPTS = List.of("caption", "prompt", "easy_prompt");

    private final Path file;

    PromptSource(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** Throws if there is no file. */
    void require() {
        if (!Files.isRegularFile(file)) {
            throw new DatasetException("base prompts: there is no file " + file);
        }
    }

    /**
     * Gives every row to a consumer, in order.
     *
     * @throws DatasetException if the file cannot be used; the message names the line
     */
    void each(Consumer<SourceRow> consumer) {
        require();
        String ending = MoreFiles.getFileExtension(file).toLowerCase(Locale.ROOT);
        Columns columns = new Columns();
        Consumer<Map<String, String>> table =
                values -> {
                    columns.see(values.keySet());
                    consumer.accept(row(values));
                };
        try {
            switch (ending) {
                case "txt" ->
                        lines(
                                (number, line) ->
                                        consumer.accept(new SourceRow(line, null, null, false)));
                case "csv" -> csv(table);
                case "jsonl" -> lines((number, line) -> json(number, line).ifPresent(table));
                case "parquet" -> parquet(table);
                default ->
                        throw new DatasetException(
                                "base prompts: expected a file ending in txt, csv, jsonl or"
                                        + " parquet, got "
                                        + file);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        columns.check();
    }

    /** The columns that a table has, of which one must be the prompt. */
    private final class Columns {

        private final Set<String> all = new TreeSet<>();

        void see(Set<String> names) {
            all.addAll(names);
        }

        void check() {
            if (!all.isEmpty() && Collections.disjoint(all, PROMPTS)) {
                throw new DatasetException(
                        "base prompts: expected one of the columns "
                                + PROMPTS
                                + " in "
                                + file
                                + ", got "
                                + all);
            }
        }
    }

    /** Takes a line and its number, from 1. */
    @FunctionalInterface
    private interface LineConsumer {
        void accept(long number, String line);
    }

    private void lines(LineConsumer consumer) throws IOException {
        try (BufferedReader in = Utf8Text.open(file)) {
            String line = in.readLine();
            for (long number = 1; line != null; number++) {
                consumer.accept(number, line);
                line = in.readLine();
            }
        }
    }

    private Optional<Map<String, String>> json(long number, String line) {
        if (line.isBlank()) {
            return Optional.empty();
        }
        Map<String, String> values = new HashMap<>();
        try {
            JsonObject json = JsonParser.parseString(line).getAsJsonObject();
            for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
                if (entry.getValue().isJsonPrimitive()) {
                    values.put(entry.getKey(), entry.getValue().getAsString());
                }
            }
        } catch (JsonParseException | IllegalStateException e) {
            throw new DatasetException(
                    "base prompts: "
                            + file
                            + ", line "
                            + number
                            + ": expected a JSON object a line, got "
                            + line,
                    e);
        }
        return Optional.of(values);
    }

    private void csv(Consumer<Map<String, String>> consumer) throws IOException {
        try (BufferedReader in = Utf8Text.open(file)) {
            new NamedCsvRows(in, this).forEachRemaining(row -> consumer.accept(row.values()));
        }
    }

    @Override
    public DatasetException damaged(long line, String problem) {
        return new DatasetException("base prompts: " + file + ", line " + line + ": " + problem);
    }

    @Override
    public DatasetException unreadable(IOException cause) {
        return new DatasetException(
                "base prompts: "
                        + file
                        + " cannot be read: "
                        + (cause instanceof CharacterCodingException
                                ? "it is not UTF-8; save it in that encoding"
                                : cause.toString()),
                cause);
    }

    private void parquet(Consumer<Map<String, String>> consumer) throws IOException {
        Hydrator<Map<String, String>, Map<String, String>> asMap =
                new Hydrator<>() {
                    @Override
                    public Map<String, String> start() {
                        return new HashMap<>();
                    }

                    @Override
                    public Map<String, String> add(
                            Map<String, String> row, String column, @Nullable Object value) {
                        if (value != null) {
                            row.put(column, value.toString());
                        }
                        return row;
                    }

                    @Override
                    public Map<String, String> finish(Map<String, String> row) {
                        return row;
                    }
                };
        try (Stream<Map<String, String>> rows =
                ParquetReader.streamContent(
                        file.toFile(), HydratorSupplier.constantly(asMap), null)) {
            rows.forEach(consumer);
        } catch (DatasetException | UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            // What the parquet library throws at a damaged file has no common type.
            throw new DatasetException(
                    file + ": not a readable parquet file: " + e.getMessage(), e);
        }
    }

    private SourceRow row(Map<String, String> values) {
        String prompt =
                PROMPTS.stream()
                        .map(values::get)
                        .filter(java.util.Objects::nonNull)
                        .findFirst()
                        .orElse("");
        ImageSource first = picture(values, 0);
        ImageSource second = picture(values, 1);
        if (first == null || second == null) {
            return new SourceRow(prompt, null, null, false);
        }
        return switch (values.getOrDefault("label_0", "").strip()) {
            case "0", "0.0", "false" -> new SourceRow(prompt, first, second, false);
            case "1", "1.0", "true" -> new SourceRow(prompt, second, first, false);
            default -> new SourceRow(prompt, null, null, true);
        };
    }

    private @Nullable ImageSource picture(Map<String, String> values, int number) {
        String bytes = values.get("jpg_" + number);
        String name = file.getFileName() + ": picture " + number;
        if (bytes != null && bytes.startsWith("0x")) {
            return new ImageSource.Encoded(name, () -> parsed(bytes));
        }
        String path = values.get("image_" + number);
        if (path != null && !path.isBlank()) {
            return named(path.strip());
        }
        String url = values.get("image_" + number + "_url");
        return url == null || url.isBlank() ? null : addressed(url.strip());
    }

    private static byte[] parsed(String hex) throws IOException {
        try {
            return HexFormat.of().parseHex(hex.substring(2));
        } catch (IllegalArgumentException e) {
            throw new IOException("expected bytes in hexadecimal digits: " + e.getMessage(), e);
        }
    }

    /** A file beside the table; a name that cannot be one fails its row alone. */
    private ImageSource named(String path) {
        try {
            return ImageSource.of(file.resolveSibling(path));
        } catch (InvalidPathException e) {
            return failing(path, "cannot be the name of a file: " + e.getReason());
        }
    }

    private static ImageSource addressed(String url) {
        try {
            URI address = new URI(url);
            String scheme = Strings.nullToEmpty(address.getScheme()).toLowerCase(Locale.ROOT);
            return scheme.equals("http") || scheme.equals("https")
                    ? ImageSource.of(address)
                    : failing(url, "expected an address that begins with http: or https:");
        } catch (URISyntaxException e) {
            return failing(url, "cannot be an address: " + e.getReason());
        }
    }

    private static ImageSource failing(String name, String problem) {
        return new ImageSource.Encoded(
                name,
                () -> {
                    throw new IOException(problem);
                });
    }
}
