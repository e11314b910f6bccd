package io.github.icthp.examples.console;

/** What a command's exit code says. */
public final class ExitCode {

    /** Everything was done. */
    public static final int DONE = 0;

    /** Some images failed, the others were scored. */
    public static final int SOME_FAILED = 1;

    /** The command cannot be carried out as it stands. */
    public static final int USAGE = 2;

    private ExitCode() {}
}
