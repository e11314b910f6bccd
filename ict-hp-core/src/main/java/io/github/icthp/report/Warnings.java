package io.github.icthp.report;

import java.util.function.Consumer;

/** Where warnings meant for people go. They do not depend on any logger's level. */
public final class Warnings {

    /** Writes a line to the standard error stream: what happens unless another listener is set. */
    public static final Consumer<String> STANDARD_ERROR =
            line -> System.err.println("ict-hp: warning: " + line);

    private Warnings() {}
}
