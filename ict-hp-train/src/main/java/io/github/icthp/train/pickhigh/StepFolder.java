package io.github.icthp.train.pickhigh;

import com.google.common.base.Splitter;
import com.google.common.collect.Iterators;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A step's state: its rows in parts of equal size, each a file that appears whole. A part that is
 * there is never made again, so a killed build resumes at the first that is missing.
 */
final class StepFolder {

    static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private static final Pattern PART = Pattern.compile("(\\d+)\\.jsonl");

    private final Path folder;
    private final String name;

    StepFolder(Path work, int number, String name) throws IOException {
        this.folder = FolderFiles.make(work.resolve(number + "-" + name));
        this.name = name;
    }

    String name() {
        return name;
    }

    boolean has(int part) {
        return Files.exists(file(part));
    }

    /** The parts that are there, in order. */
    List<Integer> parts() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> PART.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(matcher -> Integer.valueOf(matcher.group(1)))
                    .sorted()
                    .toList();
        }
    }

    void write(int part, List<PromptRow> rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        rows.forEach(row -> lines.append(GSON.toJson(row)).append('\n'));
        DurableFiles.write(file(part), lines.toString());
    }

    List<PromptRow> read(int part) throws IOException {
        List<PromptRow> rows = new ArrayList<>();
        for (String line : Splitter.on('\n').split(Files.readString(file(part)))) {
            if (!line.isEmpty()) {
                rows.add(GSON.fromJson(line, PromptRow.class));
            }
        }
        return rows;
    }

    void delete(int part) throws IOException {
        Files.deleteIfExists(file(part));
    }

    /** All rows of the first parts, one part in memory at a time. */
    Iterator<PromptRow> rows(int parts) {
        return Iterators.concat(
                IntStream.range(0, parts)
                        .mapToObj(
                                part -> {
                                    try {
                                        return read(part).iterator();
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                })
                        .iterator());
    }

    /** The file that says that all parts are there. */
    Path summary() {
        return folder.resolve("done.json");
    }

    private Path file(int part) {
        return folder.resolve(String.format(Locale.ROOT, "%06d.jsonl", part));
    }
}
