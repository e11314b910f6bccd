package io.github.icthp.examples.console;

import picocli.CommandLine;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Standard output with two encodings: the terminal's for people, and UTF-8 for programs, which
 * cannot know what the terminal's is. Java's own streams swallow failures to write: a full disk
 * would look like success.
 */
public final class StandardOutput extends PrintWriter {

    private static final String FAILED =
            "not everything could be written to standard output: its disk is full, or its reader"
                    + " has gone";

    private final PrintWriter json;

    /**
     * Wraps standard output.
     *
     * @param people writes in the terminal's charset
     */
    public StandardOutput(PrintWriter people) {
        super(people, true);
        json = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
    }

    /** Returns where a command writes JSON: in UTF-8, wherever its other output goes. */
    public static PrintWriter json(CommandLine command) {
        PrintWriter out = command.getOut();
        return out instanceof StandardOutput standard ? standard.json : out;
    }

    /**
     * Writes a line at once.
     *
     * @throws UncheckedIOException if the stream has failed, now or before
     */
    public static void line(PrintWriter out, CharSequence line) {
        out.println(line);
        if (out.checkError()) {
            throw new UncheckedIOException(FAILED, new IOException(FAILED));
        }
    }

    /** Returns a command's exit code, or another one if its output got lost. */
    public static int requireWritten(int exit) {
        if (System.out.checkError() && exit == ExitCode.DONE) {
            System.err.println("ict-hp: " + FAILED);
            return ExitCode.SOME_FAILED;
        }
        return exit;
    }
}
