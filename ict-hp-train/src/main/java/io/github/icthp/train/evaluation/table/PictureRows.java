package io.github.icthp.train.evaluation.table;

import io.github.icthp.train.data.DatasetException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The pictures of a score table; they are gone through more than once, in the same order. */
public interface PictureRows {

    /**
     * Returns what reports call these pictures.
     *
     * @return for example the manifest's file
     */
    String name();

    /**
     * Goes through the rows.
     *
     * @return the rows in order, to be closed
     * @throws DatasetException if the rows cannot be read, now or when a damaged one is reached
     */
    Stream<PictureRow> open();

    /**
     * Returns rows from memory.
     *
     * @param name what reports call them
     * @param rows the rows
     * @return the rows
     */
    static PictureRows of(String name, List<PictureRow> rows) {
        List<PictureRow> copy = List.copyOf(rows);
        return new PictureRows() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Stream<PictureRow> open() {
                return copy.stream();
            }
        };
    }

    /**
     * Returns the rows of a manifest: CSV with a header, or JSON lines, with {@code model}, {@code
     * image}, {@code prompt}, and optionally {@code condition} (else {@code base}) and {@code
     * prompt_id} (else the prompt itself).
     *
     * @param file ends in {@code .csv}, {@code .jsonl} or {@code .ndjson}; relative image paths
     *     start at its folder
     * @return its rows, read as they are asked for
     * @throws DatasetException if it is no such file
     */
    static PictureRows manifest(Path file) {
        return Manifest.of(file);
    }

    /**
     * Returns the pictures of folders. What a picture shows is told by {@code prompts.jsonl} or
     * {@code metadata.jsonl} in its folder ({@code file_name} with {@code prompt} or {@code text},
     * optionally {@code prompt_id} and {@code condition}), else by a text file of the picture's
     * name, else by the name: {@code a-red-ball-7.png} shows "a red ball". Pictures of base and
     * refined prompts lie in subfolders {@code base} and {@code refined}; without these all are
     * base. Pictures of one file name belong to one prompt unless {@code prompt_id} says otherwise.
     *
     * @param folders a folder for each generator
     * @return the pictures, by generator and file name
     * @throws DatasetException if a folder is missing or empty
     */
    static PictureRows folders(Map<String, Path> folders) {
        return PictureFolders.of(folders);
    }
}
