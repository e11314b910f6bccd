package io.github.icthp.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The C library, through JNA: its allocator, and the environment that native libraries read when
 * they are loaded, which Java can read but not set.
 *
 * <p>It is not there on Windows, under another name than {@code c}, or where JNA cannot start, for
 * example without a folder for temporary files. What is set through it makes computing faster or
 * nearer to other machines' results, but is not needed: everything works without.
 */
final class CLibrary {

    static final boolean ON_LINUX = System.getProperty("os.name").startsWith("Linux");

    private static final Optional<NativeLibrary> LIBRARY = open();

    private CLibrary() {}

    private static Optional<NativeLibrary> open() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        if (System.getProperty("jna.tmpdir") == null && !Files.isWritable(temporary)) {
            // else JNA logs a stack before it fails to unpack its library
            System.setProperty("jna.nounpack", "true");
        }
        try {
            return System.getProperty("os.name").startsWith("Windows")
                    ? Optional.empty()
                    : Optional.of(NativeLibrary.getInstance("c"));
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Error e) { // JNA's own class gives more kinds than LinkageError
            return Optional.empty();
        }
    }

    /** Returns a function of the library, if both are there. */
    static Optional<Function> function(String name) {
        try {
            return LIBRARY.map(library -> library.getFunction(name));
        } catch (UnsatisfiedLinkError e) {
            return Optional.empty();
        }
    }

    /** Returns what native code sees of an environment variable; empty if it is not set. */
    static Optional<String> variable(String name) {
        return function("getenv")
                .map(getenv -> getenv.invokeString(new Object[] {name}, false))
                .or(() -> Optional.ofNullable(System.getenv(name)));
    }

    /** Sets an environment variable for native code, unless it is set. */
    static void setUnlessSet(String name, String value) {
        function("setenv").ifPresent(setenv -> setenv.invokeInt(new Object[] {name, value, 0}));
    }
}
