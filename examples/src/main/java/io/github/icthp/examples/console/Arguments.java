package io.github.icthp.examples.console;

import picocli.CommandLine;

import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the JVM made of the command's arguments. */
public final class Arguments {

    /** Ends a message about text that the locale's charset lacks. */
    public static final String REMEDY = "start with LC_ALL=C.UTF-8";

    /** What the JVM puts where it cannot decode an argument. */
    private static final int REPLACEMENT = 0xFFFD;

    private Arguments() {}

    /**
     * Sets how a command line and those below it read arguments: a value that begins with @ is no
     * file of arguments, and the case of names does not matter.
     */
    public static CommandLine takenAsTyped(CommandLine line) {
        return line.setExpandAtFiles(false).setCaseInsensitiveEnumValuesAllowed(true);
    }

    /**
     * Finds an argument that did not arrive as it was typed. Such a prompt would be scored as
     * another text, and such a file would not be found.
     *
     * @return what to tell, if there is one
     */
    public static Optional<String> damage(List<String> arguments) {
        return arguments.stream()
                .filter(Arguments::damaged)
                .findFirst()
                .map(
                        argument ->
                                "the argument '"
                                        + argument
                                        + "' has characters that the locale's charset cannot"
                                        + " express: "
                                        + REMEDY
                                        + ", or put prompts into a file (score --pairs, finetune"
                                        + " --prompts)");
    }

    private static boolean damaged(String argument) {
        return argument.codePoints().anyMatch(c -> c == REPLACEMENT) || hasHalfCharacter(argument);
    }

    /** Whether a text has a surrogate without its partner, which no encoding can express. */
    public static boolean hasHalfCharacter(String text) {
        return text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF);
    }

    /** Whether the JVM was started with a charset that lacks a character of a file's name. */
    public static boolean inexpressible(String name) {
        String charset = System.getProperty("sun.jnu.encoding", "UTF-8");
        return Stream.of(charset)
                .filter(Charset::isSupported)
                .map(Charset::forName)
                .anyMatch(c -> c.canEncode() && !c.newEncoder().canEncode(name));
    }
}
