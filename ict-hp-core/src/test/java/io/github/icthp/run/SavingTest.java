package io.github.icthp.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

class SavingTest {

    @TempDir Path folder;

    /** A program that is stopped while it writes, and would write more. */
    static final class Program {

        private Program() {}

        public static void main(String[] args) {
            Path folder = Path.of(args[0]);
            Saving.whole(
                    () -> {
                        write(folder.resolve("begun"));
                        pause();
                        Saving.whole(() -> write(folder.resolve("inner")));
                        write(folder.resolve("ended"));
                    });
            pause();
            Saving.whole(() -> write(folder.resolve("later")));
        }

        private static void pause() {
            try {
                Thread.sleep(1500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static void write(Path file) {
            try {
                Files.writeString(file, "x");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void aStoppedProgramFinishesWhatItWritesAndBeginsNothing()
            throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin/java");
        Process program =
                new ProcessBuilder(
                                java.toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Program.class.getName(),
                                folder.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("output").toFile())
                        .start();
        while (!Files.exists(folder.resolve("begun")) && program.isAlive()) {
            Thread.sleep(20);
        }
        program.destroy();
        assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(program.exitValue()).isNotZero();
        assertThat(folder.resolve("inner")).exists();
        assertThat(folder.resolve("ended")).exists();
        assertThat(folder.resolve("later")).doesNotExist();
        assertThat(folder.resolve("output")).isEmptyFile();
    }
}
