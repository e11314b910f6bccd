package io.github.icthp.examples.evaluate;

import io.github.icthp.train.evaluation.table.PictureRows;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which generators' pictures a score table is of. */
final class PictureOptions {

    @Option(
            names = "--manifest",
            paramLabel = "FILE",
            description =
                    "a picture a row, .csv with a header or .jsonl: model, image, prompt, and"
                            + " optionally condition (base or refined) and prompt_id; relative"
                            + " image paths start at the file's folder")
    private @Nullable Path manifest;

    @Option(
            names = "--images",
            paramLabel = "MODEL=DIR",
            description =
                    "a generator's pictures, or its folders base and refined; prompts come from"
                            + " prompts.jsonl or metadata.jsonl there, from text files of the"
                            + " pictures' names, or from these names; may be given repeatedly")
    private List<String> images = List.of();

    /** Returns the pictures. */
    PictureRows rows(CommandLine command) {
        if ((manifest == null) == images.isEmpty()) {
            throw new ParameterException(command, "name --manifest FILE or --images MODEL=DIR");
        }
        return manifest == null
                ? PictureRows.folders(folders(command))
                : PictureRows.manifest(manifest);
    }

    private Map<String, Path> folders(CommandLine command) {
        Map<String, Path> folders = new LinkedHashMap<>();
        for (String one : images) {
            int equals = one.indexOf('=');
            if (equals < 1 || equals == one.length() - 1) {
                throw new ParameterException(command, "--images: expected MODEL=DIR, got " + one);
            }
            String model = one.substring(0, equals);
            if (folders.put(model, Path.of(one.substring(equals + 1))) != null) {
                throw new ParameterException(command, "--images: " + model + " is given twice");
            }
        }
        return folders;
    }
}
