package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.EngineException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class NativeLibraryAdviceTest {

    @TempDir Path temp;

    @BeforeEach
    void nameTheCache() {
        assumeTrue(System.getenv("DJL_CACHE_DIR") == null, "the environment goes first");
        System.setProperty("DJL_CACHE_DIR", temp.resolve("cache").toString());
    }

    @AfterEach
    void forgetTheCache() {
        System.clearProperty("DJL_CACHE_DIR");
    }

    private static String advice(String engine, Throwable cause) {
        EngineException failure = new EngineException("Failed to load", cause);
        return NativeLibraryException.of(engine, failure).getMessage();
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamed() throws IOException {
        Files.writeString(temp.resolve("cache"), "a file where the folder should be");
        for (String engine : new String[] {"pytorch", "tokenizers"}) {
            assertThat(advice(engine, new IllegalStateException("Unexpected flavor: cpu")))
                    .contains(temp.resolve("cache/" + engine).toString(), "DJL_CACHE_DIR")
                    .contains("cannot be written");
        }
    }

    @Test
    void aFullDiskIsNamed() {
        assertThat(advice("pytorch", new IOException("No space left on device")))
                .contains("No space left on device", temp.toString(), "DJL_CACHE_DIR");
    }

    @Test
    void aLibraryThatDoesNotLoadIsNamed() {
        assertThat(advice("pytorch", new UnsatisfiedLinkError("libc10.so: file too short")))
                .contains("libc10.so: file too short", temp.toString(), "DJL_CACHE_DIR");
        assertThat(advice("tokenizers", new NoClassDefFoundError("com.sun.jna.Native")))
                .contains("com.sun.jna.Native");
    }

    @Test
    void aPyTorchOfAnUnknownKindIsNamed() {
        String resource = "jnilib/linux-x86_64/cpu-precxx11/libdjl_torch.so";
        assertThat(
                        advice(
                                "pytorch",
                                new IOException("Resource not found in classpath: " + resource)))
                .contains(resource, "PYTORCH_FLAVOR");
    }
}
