package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.gson.JsonObject;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.report.Warnings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A run's checkpoints: a folder for each, of which a bounded number is kept, and the best one
 * apart.
 *
 * <p>A checkpoint is written under another name, forced to the disk and then renamed, so a process
 * killed at any moment leaves the earlier ones as they were. One that was cut short or damaged is
 * passed over when a run resumes.
 */
public final class CheckpointStore {

    static final String SEPARATOR = "/";

    private static final Pattern NAME = Pattern.compile("step-(\\d{8,})");

    private final Path folder;
    private final int keep;
    private final BestCheckpoint best;

    /**
     * Opens the checkpoints in a folder.
     *
     * @param folder where they lie; made when the first is saved
     * @param keep how many of the newest are kept, at least 1
     * @throws IllegalArgumentException if fewer than one is to be kept
     */
    public CheckpointStore(Path folder, int keep) {
        Preconditions.checkArgument(
                keep >= 1, "CheckpointStore: at least 1 checkpoint must be kept, got %s", keep);
        this.folder = folder;
        this.keep = keep;
        this.best = new BestCheckpoint(folder.resolve("best.json"));
    }

    /**
     * Saves a checkpoint, and then deletes those that are too many.
     *
     * @param step how many steps the run has made
     * @param state everything but tensors that is needed to go on
     * @param sections named tensors by section, for example {@code weights} and {@code optimizer}
     * @return the checkpoint's folder
     * @throws UncheckedIOException if it cannot be written, on a full disk for example; earlier
     *     checkpoints are untouched
     */
    public Path save(
            long step, JsonObject state, Map<String, ? extends Map<String, NDArray>> sections) {
        Path target = folder.resolve(String.format(Locale.ROOT, "step-%08d", step));
        try {
            FolderFiles.make(folder);
            deleteUnfinished();
            DurableFiles.writeFolder(
                    target, path -> CheckpointFiles.write(path, state, flatten(sections)));
            deleteOld();
            return target;
        } catch (IOException e) {
            throw failed(step, e);
        } catch (UncheckedIOException e) {
            throw failed(step, e.getCause());
        }
    }

    /**
     * Marks a saved checkpoint as the best so far: it is kept however old it grows.
     *
     * @param step its step
     * @param metric the value by which it is the best
     */
    public void markBest(long step, double metric) {
        try {
            best.write(step, metric);
            deleteOld();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the best checkpoint could not be marked in " + folder + ": " + e.getMessage(),
                    e);
        }
    }

    /**
     * Finds the newest checkpoint that is whole, passing over damaged ones with a warning.
     *
     * @return the checkpoint; empty if there is none
     */
    public Optional<SavedCheckpoint> latest() {
        for (Map.Entry<Long, Path> candidate : newestFirst()) {
            Optional<SavedCheckpoint> read = read(candidate.getKey(), candidate.getValue());
            if (read.isPresent()) {
                return read;
            }
        }
        return Optional.empty();
    }

    /**
     * Finds the checkpoint marked as the best.
     *
     * @return the checkpoint; empty if none is marked, or the marked one is damaged
     */
    public Optional<SavedCheckpoint> best() {
        return best.step()
                .flatMap(
                        step ->
                                newestFirst().stream()
                                        .filter(entry -> entry.getKey().equals(step))
                                        .findFirst())
                .flatMap(entry -> read(entry.getKey(), entry.getValue()));
    }

    /**
     * Says whether anything was ever saved here, whole or not.
     *
     * @return true if there is no checkpoint
     */
    public boolean isEmpty() {
        return newestFirst().isEmpty();
    }

    /** The steps that the newest checkpoint has made, whole or not; 0 if there is none. */
    long newestStep() {
        return newestFirst().stream().findFirst().map(Map.Entry::getKey).orElse(0L);
    }

    private static Optional<SavedCheckpoint> read(long step, Path path) {
        Optional<String> damage = Manifest.damage(path);
        if (damage.isPresent()) {
            Warnings.STANDARD_ERROR.accept(
                    "passing over the damaged checkpoint " + path + ": " + damage.get());
            return Optional.empty();
        }
        return Optional.of(SavedCheckpoint.read(step, path));
    }

    private void deleteOld() throws IOException {
        List<Map.Entry<Long, Path>> all = newestFirst();
        Optional<Long> kept = best.step();
        for (Map.Entry<Long, Path> old : all.subList(Math.min(keep, all.size()), all.size())) {
            if (!kept.equals(Optional.of(old.getKey()))) {
                DurableFiles.delete(old.getValue());
            }
        }
    }

    /** Deletes what a killed process left behind. */
    private void deleteUnfinished() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(DurableFiles.UNFINISHED)) {
                    DurableFiles.delete(file);
                }
            }
        }
    }

    private List<Map.Entry<Long, Path>> newestFirst() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.flatMap(CheckpointStore::named)
                    .sorted(Map.Entry.<Long, Path>comparingByKey(Comparator.reverseOrder()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the checkpoints in " + folder, e);
        }
    }

    private static Stream<Map.Entry<Long, Path>> named(Path path) {
        Matcher matcher = NAME.matcher(path.getFileName().toString());
        return matcher.matches()
                ? Stream.of(Map.entry(Long.parseLong(matcher.group(1)), path))
                : Stream.empty();
    }

    private static Map<String, NDArray> flatten(
            Map<String, ? extends Map<String, NDArray>> sections) {
        Map<String, NDArray> flat = new LinkedHashMap<>();
        sections.forEach(
                (section, tensors) ->
                        tensors.forEach(
                                (name, tensor) -> flat.put(section + SEPARATOR + name, tensor)));
        return flat;
    }

    private UncheckedIOException failed(long step, IOException e) {
        return new UncheckedIOException(
                String.format(
                        Locale.ROOT,
                        "the checkpoint of step %d could not be written to %s (%s); earlier checkpoints are untouched. Make room or make it writable, and resume",
                        step,
                        folder,
                        e.getMessage()),
                e);
    }
}
