package io.github.icthp.examples.console;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** Tells a person of what is left out or done otherwise than asked: a line on standard error. */
public record WarningLine(CommandLine command) implements Consumer<String> {

    @Override
    public void accept(String line) {
        PrintWriter err = command.getErr();
        err.println("ict-hp: warning: " + line);
        err.flush();
    }
}
