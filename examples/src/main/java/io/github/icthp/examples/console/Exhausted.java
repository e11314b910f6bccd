package io.github.icthp.examples.console;

import com.google.common.base.Throwables;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a program ran out of, or lacks, in one sentence: failures of the machine, not of ours. */
public final class Exhausted {

    private static final Pattern CPU_MEMORY =
            Pattern.compile("can't allocate memory: you tried to allocate (\\d+) bytes");
    private static final Pattern GPU_MEMORY =
            Pattern.compile("CUDA out of memory\\. Tried to allocate ([\\d.]+ \\w+)");
    private static final String LESS =
            "take a smaller --batch or picture size, --precision bf16, or for training another"
                    + " --checkpointing";

    private Exhausted() {}

    /** Returns the sentence, if the failure or one of its causes is of this kind. */
    public static Optional<String> of(Throwable failure) {
        return Throwables.getCausalChain(failure).stream()
                .flatMap(cause -> single(cause).stream())
                .findFirst();
    }

    private static Optional<String> single(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return Optional.of(memory(message(failure)));
        } else if (failure instanceof StackOverflowError) {
            return Optional.of(
                    "the stack of a thread is full, as by values nested too deeply in a file;"
                            + " -Xss16m makes it larger, -Dict-hp.trace=true tells where");
        } else if (failure instanceof LinkageError) {
            return Optional.of(
                    "a part of the program, or a native library, cannot be loaded ("
                            + failure
                            + "); is the folder lib beside ict-hp.jar complete, and does"
                            + " -Djava.io.tmpdir name a folder that can be written?");
        }
        return natively(message(failure));
    }

    private static String message(Throwable failure) {
        return failure.getMessage() == null ? "" : failure.getMessage();
    }

    private static String memory(String message) {
        if (message.contains("native thread")) {
            return "the system allows no more threads (ulimit -u, or the container's limit of"
                    + " pids)";
        } else if (message.contains("irect buffer")) {
            return "out of memory outside the heap (" + message + "); -XX:MaxDirectMemorySize";
        } else if (message.contains("etaspace") || message.contains("class space")) {
            return "out of memory for classes (" + message + "); -XX:MaxMetaspaceSize";
        } else if (message.contains("Map failed")) {
            return "the system maps no more files into memory (vm.max_map_count, ulimit -v)";
        }
        return String.format(
                Locale.ROOT,
                "out of Java's heap, which may take %d MiB here (%s); give it more, for example"
                        + " java -Xmx4g -jar ict-hp.jar ..., or a smaller --batch",
                Runtime.getRuntime().maxMemory() >> 20,
                message);
    }

    /** Says what PyTorch could not get: its message is many lines of its own source code. */
    private static Optional<String> natively(String message) {
        Matcher cpu = CPU_MEMORY.matcher(message);
        if (cpu.find()) {
            return Optional.of(
                    "the machine, or its container, has too little memory: PyTorch asked for "
                            + cpu.group(1)
                            + " bytes more; "
                            + LESS);
        }
        Matcher gpu = GPU_MEMORY.matcher(message);
        return gpu.find()
                ? Optional.of(
                        "the GPU has too little memory: PyTorch asked for "
                                + gpu.group(1)
                                + " more; "
                                + LESS)
                : Optional.empty();
    }
}
