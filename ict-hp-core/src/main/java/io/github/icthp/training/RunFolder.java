package io.github.icthp.training;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A run's folder, held by one process at a time: {@code run.json} (the record), {@code
 * checkpoints}, {@code metrics.jsonl}, {@code tensorboard}, and whatever the run adds.
 */
public final class RunFolder implements AutoCloseable {

    /** Whether a run goes on from what its folder holds. */
    public enum Start {
        /** Begin; a folder that holds a run already is refused. */
        NEW,
        /**
         * Go on from the newest whole checkpoint, or begin if there is none yet. The run may make
         * more steps than it was to make, if its schedule of learning rates stays the same.
         */
        RESUME
    }

    private static final String RECORD = "run.json";
    private static final String LOCK = "run.lock";

    private final Path path;
    private final RunRecord record;
    private final Optional<FileChannel> lockFile;
    private final CheckpointStore checkpoints;

    private RunFolder(Path path, RunRecord record, Optional<FileChannel> lockFile, int keep) {
        this.path = path;
        this.record = record;
        this.lockFile = lockFile;
        this.checkpoints = new CheckpointStore(path.resolve("checkpoints"), keep);
    }

    /**
     * Opens the folder, and writes the record if no run made a step in it yet.
     *
     * @param path the folder; made if it is not there
     * @param record how the run is made
     * @param start whether it goes on from what is there
     * @param keep how many checkpoints are kept beside the best, at least 1
     * @return the folder, to be closed at the run's end
     * @throws IllegalStateException if another process holds it, if it holds a run that is not to
     *     be resumed, or one that was made otherwise
     * @throws UncheckedIOException if it cannot be written
     */
    static RunFolder open(Path path, RunRecord record, Start start, int keep) {
        try {
            FolderFiles.make(path);
            RunFolder folder = new RunFolder(path, record, Optional.of(lock(path)), keep);
            try {
                folder.begin(start);
                return folder;
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /**
     * Checks that {@link #open} would do, without writing anything: for programs that have much to
     * load before their run begins. Weights are not compared, as hashing them takes long.
     *
     * @param path the folder; it need not be there
     * @param record how the run is made
     * @param start whether it goes on from what is there
     * @throws IllegalStateException if another process holds it, if it holds a run that is not to
     *     be resumed, or one that was made otherwise
     * @throws UncheckedIOException if it cannot be written
     */
    static void check(Path path, RunRecord record, Start start) {
        try {
            if (Files.exists(path)) {
                requireWritable(path);
                requireUnlocked(path);
                new RunFolder(path, record, Optional.empty(), 1).checkContent(start, false);
            } else {
                Path parent = path.toAbsolutePath().normalize().getParent();
                while (parent != null && !Files.exists(parent)) {
                    parent = parent.getParent();
                }
                requireWritable(parent == null ? path : parent);
            }
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    private static void requireWritable(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        if (!Files.isWritable(folder)) {
            throw new AccessDeniedException(folder.toString());
        }
    }

    private static void requireUnlocked(Path path) throws IOException {
        if (Files.exists(path.resolve(LOCK))) {
            lock(path).close();
        }
    }

    private static UncheckedIOException unwritable(Path path, IOException e) {
        return new UncheckedIOException(
                String.format(
                        Locale.ROOT,
                        "the run's folder %s cannot be written (%s); name another folder, or make this one writable",
                        path,
                        e),
                e);
    }

    /**
     * Returns where this folder lies.
     *
     * @return its path
     */
    public Path path() {
        return path;
    }

    /**
     * Returns how the run is made.
     *
     * @return the record that this folder was opened with
     */
    public RunRecord record() {
        return record;
    }

    /**
     * Returns the run's checkpoints.
     *
     * @return saving and finding them
     */
    public CheckpointStore checkpoints() {
        return checkpoints;
    }

    /**
     * Opens the metrics as lines of JSON.
     *
     * @param step steps made so far
     * @return the open file
     */
    MetricsFile metrics(long step) {
        return new MetricsFile(metricsFile(), step);
    }

    /**
     * Returns the path of the metrics, for curves.
     *
     * @return a file that may not exist yet
     */
    Path metricsFile() {
        return path.resolve("metrics.jsonl");
    }

    /**
     * Opens the metrics as TensorBoard reads them.
     *
     * @param step steps made so far
     * @return a new event file
     */
    EventFile events(long step) {
        return new EventFile(path.resolve("tensorboard"), step);
    }

    /**
     * Writes a folder of files in this folder under another name first, so that it is there wholly
     * or not at all; an earlier one of its name is replaced.
     *
     * @param name the folder's name
     * @param write writes the files into the folder it is given, which exists
     * @return the finished folder
     * @throws UncheckedIOException if it cannot be written
     */
    public Path publish(String name, Consumer<Path> write) {
        Path target = path.resolve(name);
        try {
            DurableFiles.writeFolder(target, write::accept);
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(
                            Locale.ROOT,
                            "%s could not be written (%s); make room or make it writable, and resume",
                            target,
                            e.getMessage()),
                    e);
        }
    }

    /** Lets go of the folder. */
    @Override
    public void close() {
        try {
            if (lockFile.isPresent()) {
                lockFile.get().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of " + path + " could not be closed", e);
        }
    }

    private void begin(Start start) throws IOException {
        Optional<RunComparison> before = checkContent(start, true);
        if (before.isEmpty() || before.get().extendsIt()) {
            DurableFiles.write(path.resolve(RECORD), record.toJson());
        }
    }

    /** Compares with the run to go on with, if there is one; fails if it may not be. */
    private Optional<RunComparison> checkContent(Start start, boolean withWeights)
            throws IOException {
        Optional<RunRecord> before = isUntouched() ? Optional.empty() : readRecord();
        if (start == Start.NEW && (before.isPresent() || !checkpoints.isEmpty())) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "RunFolder: %s holds a run already; resume it, or name another folder",
                            path));
        }
        return before.map(old -> requireSame(old, withWeights));
    }

    /**
     * Says whether no run made a step here; one that failed before leaves nothing to go on with.
     */
    private boolean isUntouched() throws IOException {
        Path metrics = metricsFile();
        return checkpoints.isEmpty() && (!Files.exists(metrics) || Files.size(metrics) == 0);
    }

    private Optional<RunRecord> readRecord() throws IOException {
        Path file = path.resolve(RECORD);
        return Files.exists(file)
                ? Optional.of(RunRecord.fromJson(Files.readString(file)))
                : Optional.empty();
    }

    private RunComparison requireSame(RunRecord before, boolean withWeights) {
        RunComparison comparison = RunComparison.of(before, record, withWeights);
        if (!comparison.isSame() && !comparison.extendsIt()) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "RunFolder: the run in %s was made otherwise: %s",
                            path,
                            comparison.problem(checkpoints.newestStep())));
        }
        return comparison;
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Held by this very process; the same answer.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IllegalStateException(
                String.format(
                        Locale.ROOT,
                        "RunFolder: another run is writing to %s; wait for it, or name another folder",
                        path));
    }
}
