package io.github.icthp.examples.options;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.train.data.BadRowException;
import io.github.icthp.train.data.BadRowHandler;
import io.github.icthp.train.data.BadRowLog;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What happens at rows that cannot be used. */
public final class BadRowOptions {

    private static final String DEFAULT = "bad-rows.jsonl";

    @Option(
            names = "--skip-bad",
            paramLabel = "FILE",
            arity = "0..1",
            fallbackValue = DEFAULT,
            description = "skip rows that cannot be used, and list them in FILE (" + DEFAULT + ")")
    private @Nullable Path list;

    /** Skipped rows by number. */
    private final Map<Long, BadRowException> skipped = new TreeMap<>();

    /** Begins a list, in place of an earlier run's. */
    public BadRowHandler handler() {
        Path file = list;
        if (file == null) {
            return bad -> {
                throw new UnskippedException(bad);
            };
        }
        try {
            Files.deleteIfExists(file);
            BadRowLog log = new BadRowLog(file);
            return bad -> {
                log.accept(bad);
                skipped.put(bad.row(), bad);
            };
        } catch (IOException e) {
            throw new UnusableException(e);
        }
    }

    /** Throws what was wrong with a row, if it was skipped before. */
    public void refuseSkipped(long row) {
        BadRowException bad = skipped.get(row);
        if (bad != null) {
            throw bad;
        }
    }

    /** Says how many rows were skipped, and returns the exit code. */
    public int tell(PrintWriter told) {
        if (skipped.isEmpty()) {
            return ExitCode.DONE;
        }
        told.printf(Locale.ROOT, "%d rows skipped, listed in %s%n", skipped.size(), list);
        told.flush();
        return ExitCode.SOME_FAILED;
    }

    /** A bad row ended the work. */
    public static final class UnskippedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UnskippedException(BadRowException bad) {
            super(bad.getMessage() + " (--skip-bad goes on without such rows)", bad);
        }
    }
}
