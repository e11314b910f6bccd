package io.github.icthp.train.evaluation.table;

import com.google.common.base.Ascii;
import com.google.common.io.MoreFiles;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.Manifest.Fields;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Lists the pictures of folders, a folder for each generator. */
final class PictureFolders {

    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "webp", "gif", "bmp");
    private static final List<String> LISTS = List.of("prompts.jsonl", "metadata.jsonl");

    private final String model;
    private final List<PictureRow> rows = new ArrayList<>();

    private PictureFolders(String model) {
        this.model = model;
    }

    static PictureRows of(Map<String, Path> folders) {
        List<PictureRow> rows = new ArrayList<>();
        folders.forEach((model, folder) -> rows.addAll(new PictureFolders(model).list(folder)));
        return PictureRows.of(
                String.join(", ", folders.values().stream().map(Path::toString).toList()), rows);
    }

    private List<PictureRow> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new DatasetException(folder + " is not a folder: name that of " + model);
        }
        try {
            add(folder, PromptCondition.BASE);
            for (PromptCondition condition : PromptCondition.values()) {
                Path below = folder.resolve(condition.label());
                if (Files.isDirectory(below)) {
                    add(below, condition);
                }
            }
        } catch (IOException e) {
            throw Manifest.unreadable(folder, e);
        }
        if (rows.isEmpty()) {
            throw new DatasetException(
                    folder
                            + " has no pictures: expected .png, .jpg, .webp, .gif or .bmp files in"
                            + " it, or in its folders base and refined");
        }
        return rows;
    }

    private void add(Path folder, PromptCondition condition) throws IOException {
        Map<String, Fields> told = told(folder);
        Set<String> names = new LinkedHashSet<>(told.keySet());
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(PictureFolders::isPicture)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .forEach(names::add);
        }
        for (String name : names) {
            rows.add(row(folder.resolve(name), Optional.ofNullable(told.get(name)), condition));
        }
    }

    private static boolean isPicture(Path file) {
        return ENDINGS.contains(Ascii.toLowerCase(MoreFiles.getFileExtension(file)));
    }

    private PictureRow row(Path file, Optional<Fields> told, PromptCondition condition)
            throws IOException {
        String stem = MoreFiles.getNameWithoutExtension(file);
        Optional<String> listed = told.flatMap(f -> f.get("prompt").or(() -> f.get("text")));
        return new PictureRow(
                model,
                told.flatMap(f -> f.get("condition")).map(PromptCondition::of).orElse(condition),
                told.flatMap(f -> f.get("prompt_id")).orElse(stem),
                listed.isPresent() ? listed.get() : besides(file, stem),
                ImageSource.of(file));
    }

    private static String besides(Path file, String stem) throws IOException {
        Path text = file.resolveSibling(stem + ".txt");
        if (Files.isRegularFile(text)) {
            return Files.readString(text).strip();
        }
        String words = stem.replaceFirst("[-_ ]\\d+$", "").replaceAll("[-_ ]+", " ").strip();
        return words.isEmpty() ? stem : words;
    }

    /** Reads what a list in the folder tells, by file name. */
    private static Map<String, Fields> told(Path folder) throws IOException {
        Map<String, Fields> told = new LinkedHashMap<>();
        for (String name : LISTS) {
            Path list = folder.resolve(name);
            if (Files.isRegularFile(list)) {
                try (Stream<String> lines = Files.lines(list)) {
                    read(JsonFields.of(lines, list), list, told);
                }
                break;
            }
        }
        return told;
    }

    private static void read(Iterator<Fields> rows, Path list, Map<String, Fields> told) {
        while (rows.hasNext()) {
            Fields row = rows.next();
            String file =
                    row.get("file_name")
                            .or(() -> row.get("image"))
                            .orElseThrow(
                                    () ->
                                            Manifest.damaged(
                                                    list,
                                                    row.line(),
                                                    "file_name is missing; the row has "
                                                            + row.values()));
            if (told.put(file, row) != null) {
                throw Manifest.damaged(list, row.line(), file + " is listed twice");
            }
        }
    }
}
