package io.github.icthp.examples.console;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person watches. */
public final class Terminal {

    /** Whether standard error is a terminal. */
    public static final boolean ERRORS = isTerminal(Path.of("/proc/self/fd/2"));

    /** Makes way for a line where a progress bar may stand; empty where none can. */
    public static final String CLEAR_LINE =
            isTerminal(Path.of("/proc/self/fd/1")) ? "\r\u001b[K" : "";

    private Terminal() {}

    private static boolean isTerminal(Path descriptor) {
        if (!Files.isSymbolicLink(descriptor)) {
            return consoleIsTerminal();
        }
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    /** Before JDK 22 there is a console only on a terminal; since then the console says so. */
    @SuppressWarnings("SystemConsoleNull") // what the method asks further for
    private static boolean consoleIsTerminal() {
        if (System.console() == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(System.console());
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
