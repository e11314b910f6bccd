package io.github.icthp.examples.evaluate;

import io.github.icthp.examples.console.UnusableException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where a score table keeps its scores. */
final class StateOptions {

    private static final String ENDING = ".scores.jsonl";

    @Option(
            names = "--state",
            paramLabel = "FILE",
            description =
                    "keep every score in FILE as it is computed; default: the first report's name"
                            + " with "
                            + ENDING)
    private @Nullable Path state;

    @Option(
            names = "--resume",
            description =
                    "take the scores that are there and compute those that are missing: after an"
                            + " interruption, or with more columns or pictures")
    private boolean resume;

    /** Returns the file, if there is a place for one. */
    Optional<Path> file(List<Path> reports) {
        Optional<Path> file =
                Optional.ofNullable(state)
                        .or(
                                () ->
                                        reports.stream()
                                                .findFirst()
                                                .map(
                                                        r ->
                                                                r.resolveSibling(
                                                                        r.getFileName() + ENDING)));
        if (resume && file.isEmpty()) {
            throw new UnusableException("--resume: name the file of scores: --state FILE");
        }
        if (file.isPresent()) {
            check(file.get());
        }
        return file;
    }

    private void check(Path file) {
        if (Files.exists(file) && !resume) {
            throw new UnusableException(
                    file + " has scores of an earlier run: add --resume, or delete it");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || !Files.isWritable(folder)) {
            throw new UnusableException("--state: cannot write " + file);
        }
    }
}
