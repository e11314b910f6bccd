package io.github.icthp.train.evaluation.table;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import io.github.icthp.ScoreProvenance;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.reward.RewardKind;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What must be equal for scores of two runs to belong in one column. */
final class ColumnFingerprint {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private ColumnFingerprint() {}

    /** Returns kind, conventions, and the sizes and times of the weights' files, as JSON. */
    static JsonObject of(RewardKind kind, ScoreProvenance made) {
        JsonObject json = new JsonObject();
        json.addProperty("kind", kind.toString());
        json.add("weights", GSON.toJsonTree(new TreeMap<>(made.weights())));
        json.add("files", GSON.toJsonTree(files(made.weights())));
        json.addProperty("precision", made.precision().name());
        json.addProperty("device", made.device());
        json.addProperty("images", made.imageConvention());
        json.addProperty("prompts", made.promptConvention());
        json.addProperty("text_length", made.textLength());
        json.addProperty("settings", made.settings());
        json.addProperty("version", made.version());
        return json;
    }

    private static List<Path> below(Path path) {
        return Files.isDirectory(path) ? FolderFiles.below(path) : List.of(path);
    }

    private static Map<String, String> files(Map<String, String> weights) {
        Map<String, String> stamps = new TreeMap<>();
        weights.forEach((part, where) -> stamps.put(part, stamp(where)));
        return stamps;
    }

    /** Returns bytes and newest time of what is there by that name; else nothing. */
    private static String stamp(String where) {
        try {
            Path path = Path.of(where);
            if (where.isEmpty() || !Files.exists(path)) {
                return "";
            }
            long bytes = 0;
            long newest = 0;
            for (Path file : below(path)) {
                bytes += Files.size(file);
                newest = Math.max(newest, Files.getLastModifiedTime(file).toMillis());
            }
            return bytes + " bytes, " + newest;
        } catch (InvalidPathException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException("ScoreTable: cannot look at " + where, e);
        }
    }
}
