package io.github.icthp.train.pickhigh;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.HydratorSupplier;
import blue.strategic.parquet.ParquetReader;

import com.google.common.io.MoreFiles;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.DatasetException;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
final class PromptSource {

    private static final List<String> PROMPTS = List.of("caption", "prompt", "easy_prompt");

    private final Path file;

    PromptSource(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** Gives every row to a consumer, in order. */
    void each(Consumer<SourceRow> consumer) {
        String ending = MoreFiles.getFileExtension(file).toLowerCase(Locale.ROOT);
        if (!Files.isRegularFile(file)) {
            throw new DatasetException("base prompts: there is no file " + file);
        }
        try {
            switch (ending) {
                case "txt" ->
                        lines(line -> consumer.accept(new SourceRow(line, null, null, false)));
                case "csv" -> csv(consumer);
                case "jsonl" -> lines(line -> json(line).ifPresent(consumer));
                case "parquet" -> parquet(consumer);
                default ->
                        throw new DatasetException(
                                "base prompts: expected a file ending in txt, csv, jsonl or"
                                        + " parquet, got "
                                        + file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("base prompts: cannot read " + file, e);
        }
    }

    private void lines(Consumer<String> consumer) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            lines.forEach(consumer);
        }
    }

    private Optional<SourceRow> json(String line) {
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
                    "base prompts: " + file + ": expected a JSON object a line, got " + line, e);
        }
        return Optional.of(row(values));
    }

    private void csv(Consumer<SourceRow> consumer) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            CsvLines lines = new CsvLines(in, file);
            while (lines.hasNext()) {
                consumer.accept(row(lines.next()));
            }
        }
    }

    private void parquet(Consumer<SourceRow> consumer) throws IOException {
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
            rows.map(this::row).forEach(consumer);
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
            return ImageSource.of(name, HexFormat.of().parseHex(bytes.substring(2)));
        }
        String path = values.get("image_" + number);
        if (path != null && !path.isBlank()) {
            return ImageSource.of(file.resolveSibling(path.strip()));
        }
        String url = values.get("image_" + number + "_url");
        return url == null || url.isBlank() ? null : ImageSource.of(URI.create(url.strip()));
    }
}
