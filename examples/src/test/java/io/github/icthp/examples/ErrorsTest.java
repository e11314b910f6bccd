package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.StandardOutput;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What Java calls errors: one sentence, but for those that are bugs of ours. */
class ErrorsTest {

    @Command(name = "fail")
    private static final class Failing implements Runnable {
        private final Throwable failure;

        Failing(Throwable failure) {
            this.failure = failure;
        }

        @Override
        public void run() {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }
    }

    private static Ran ran(Throwable failure) {
        StringWriter err = new StringWriter();
        CommandLine line = IctHp.commandLine().addSubcommand(new Failing(failure));
        line.setErr(new PrintWriter(err));
        int exit = line.execute("fail");
        return new Ran(exit, "", err.toString());
    }

    private static void saysInOneLine(Throwable failure, String... parts) {
        Ran ran = ran(failure);
        assertThat(ran.exit()).isEqualTo(ExitCode.SOME_FAILED);
        assertThat(ran.err().lines()).hasSize(1);
        assertThat(ran.err()).startsWith("ict-hp: ").contains(parts);
    }

    @ParameterizedTest
    @CsvSource({
        "Java heap space, -Xmx4g",
        "GC overhead limit exceeded, -Xmx4g",
        "unable to create native thread: possibly out of memory, ulimit -u",
        "Cannot reserve 8192 bytes of direct buffer memory, -XX:MaxDirectMemorySize",
        "Metaspace, -XX:MaxMetaspaceSize",
        "Map failed, vm.max_map_count",
    })
    void memoryOfEveryKindHasItsFlag(String message, String flag) {
        saysInOneLine(new OutOfMemoryError(message), flag);
        saysInOneLine(new IllegalStateException("later", new OutOfMemoryError(message)), flag);
    }

    @Test
    void whatCannotBeLoadedIsNamed() {
        saysInOneLine(new UnsatisfiedLinkError("libx.so: not found"), "libx.so: not found");
        saysInOneLine(new NoClassDefFoundError("com/sun/jna/Native"), "com/sun/jna/Native");
        saysInOneLine(new ExceptionInInitializerError(new IllegalStateException("no y")), "loaded");
        saysInOneLine(new StackOverflowError(), "-Xss16m");
    }

    @Test
    void pyTorchsMemoryIsToldWithoutItsSource() {
        saysInOneLine(
                new EngineException(
                        "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't"
                                + " allocate memory: you tried to allocate 40000000000 bytes."
                                + " Error code 12\nframe #0: x\nframe #1: y"),
                "40000000000 bytes",
                "--batch");
        saysInOneLine(
                new EngineException(
                        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has\nframe"),
                "2.00 GiB",
                "--precision bf16");
    }

    @Test
    void aFullDiskIsNamed() {
        String message = "No space left on device";
        assertThat(Messages.of(new IOException(message))).contains("the disk is full", message);
    }

    @Test
    void aBugShowsItsStack() {
        Ran ran = ran(new AssertionError("impossible"));
        assertThat(ran.exit()).isEqualTo(ExitCode.SOME_FAILED);
        assertThat(ran.err()).contains("impossible", "\tat ");
    }

    @Test
    void aFullDiskBehindStandardOutputIsAFailure() {
        OutputStream full =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("No space left on device");
                    }
                };
        PrintWriter out = new PrintWriter(full, false, StandardCharsets.UTF_8);
        assertThatThrownBy(() -> StandardOutput.line(out, "a score"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("standard output");
        StringWriter taken = new StringWriter();
        StandardOutput.line(new PrintWriter(taken), "a score");
        assertThat(taken.toString()).isEqualToIgnoringNewLines("a score");
    }
}
