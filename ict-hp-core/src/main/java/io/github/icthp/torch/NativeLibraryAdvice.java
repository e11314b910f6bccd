package io.github.icthp.torch;

import ai.djl.util.Utils;

import com.google.common.base.Throwables;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Why DJL could not load a native library, in a sentence, and what to do, in another.
 *
 * <p>DJL takes PyTorch from the folder in {@code PYTORCH_LIBRARY_PATH}, from its cache, from the
 * class path by unpacking it into the cache, or from the network by downloading it there.
 */
final class NativeLibraryAdvice {

    private static final String CHOOSE =
            "Put ai.djl.pytorch:pytorch-native-cpu with the classifier of this machine on the class"
                    + " path, or name the folder of another PyTorch in PYTORCH_LIBRARY_PATH with"
                    + " PYTORCH_FLAVOR=cpu or cu128, ";

    /** Mebibytes of the libraries, unpacked. */
    private static final int PYTORCH = 460;

    private static final int TOKENIZERS = 20;

    private NativeLibraryAdvice() {}

    static String of(String engine, Throwable failure) {
        Path folder = Utils.getEngineCacheDir(engine);
        Throwable root = Throwables.getRootCause(failure);
        String text = "the native library of " + engine + " cannot be loaded: ";
        if (said(root).startsWith("Resource not found in classpath: jnilib")) {
            return text
                    + "pytorch-jni has no part for this kind of PyTorch ("
                    + said(root)
                    + "). Beside PYTORCH_LIBRARY_PATH say which it is, in the environment variable"
                    + " PYTORCH_FLAVOR: cpu or cu128";
        }
        if (isAbsent(engine) && root instanceof IOException) {
            return text + "it is neither on the class path nor in " + folder + ", " + absent(root);
        }
        Optional<String> unwritable =
                problem(folder, engine.equals("pytorch") ? PYTORCH : TOKENIZERS);
        if (root instanceof LinkageError) {
            return text
                    + said(root)
                    + ". If the system lacks a library that is named here, install it; if the file"
                    + " system of "
                    + folder
                    + " does not allow to execute files, name another folder in DJL_CACHE_DIR; if"
                    + " unpacking was interrupted, delete the folder";
        }
        if (unwritable.isPresent()) {
            return text
                    + "the folder "
                    + folder
                    + " cannot be written ("
                    + unwritable.get()
                    + "). Name one that can, or that holds the libraries, in the environment"
                    + " variable DJL_CACHE_DIR";
        }
        return text
                + said(root)
                + " (while unpacking into "
                + folder
                + "; the environment variable DJL_CACHE_DIR names another folder)";
    }

    private static String absent(Throwable root) {
        return Utils.isOfflineMode()
                ? "and downloads are off (ai.djl.offline). "
                        + CHOOSE
                        + "or allow the download with -Dai.djl.offline=false"
                : "and the download from https://publish.djl.ai failed ("
                        + root
                        + "). "
                        + CHOOSE
                        + "or, behind a proxy, say -Dhttps.proxyHost=HOST -Dhttps.proxyPort=PORT:"
                        + " DJL does not read HTTPS_PROXY. DJL_CACHE_DIR names the folder,"
                        + " -Dai.djl.offline=true forbids the download";
    }

    private static boolean isAbsent(String engine) {
        String resource = "native/lib/" + engine + ".properties";
        return engine.equals("pytorch")
                && NativeLibraryAdvice.class.getClassLoader().getResource(resource) == null;
    }

    /** Says why a folder cannot be written, if so. */
    private static Optional<String> problem(Path folder, int needed) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "try", ""));
            long free = Files.getFileStore(folder).getUsableSpace() >> 20;
            return free >= needed
                    ? Optional.empty()
                    : Optional.of("it has " + free + " MiB free, and may take " + needed);
        } catch (FileSystemException e) {
            return Optional.of(
                    e.getReason() == null ? kind(e) + ": " + e.getFile() : e.getReason());
        } catch (IOException e) {
            return Optional.of(said(e));
        }
    }

    /** Returns for example {@code access denied}: Java has classes for the commonest reasons. */
    private static String kind(FileSystemException e) {
        return e.getClass()
                .getSimpleName()
                .replace("Exception", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
    }

    private static String said(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
