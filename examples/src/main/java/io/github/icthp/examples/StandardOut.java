package io.github.icthp.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/** Java's own streams swallow failures to write: a full disk would look like success. */
final class StandardOut {

    private static final String FAILED =
            "not everything could be written to standard output: its disk is full, or its reader"
                    + " has gone";

    private StandardOut() {}

    /**
     * Writes a line at once.
     *
     * @throws UncheckedIOException if the stream has failed, now or before
     */
    static void line(PrintWriter out, CharSequence line) {
        out.println(line);
        if (out.checkError()) {
            throw new UncheckedIOException(FAILED, new IOException(FAILED));
        }
    }

    /** Returns a command's exit code, or another one if its output got lost. */
    static int requireWritten(int exit) {
        if (System.out.checkError() && exit == IctHp.DONE) {
            System.err.println("ict-hp: " + FAILED);
            return IctHp.SOME_FAILED;
        }
        return exit;
    }
}
