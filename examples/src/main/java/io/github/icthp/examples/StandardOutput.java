package io.github.icthp.examples;

import picocli.CommandLine;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Standard output with two encodings: the terminal's for people, and UTF-8 for programs, which
 * cannot know what the terminal's is.
 */
final class StandardOutput extends PrintWriter {

    private final PrintWriter json;

    /**
     * Wraps standard output.
     *
     * @param people writes in the terminal's charset
     */
    StandardOutput(PrintWriter people) {
        super(people, true);
        json = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
    }

    /** Returns where a command writes JSON: in UTF-8, wherever its other output goes. */
    static PrintWriter json(CommandLine command) {
        PrintWriter out = command.getOut();
        return out instanceof StandardOutput standard ? standard.json : out;
    }
}
