package io.github.icthp.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class TemporaryFilesTest {

    @TempDir Path temp;

    @Test
    void makesFilesAndFolders() throws IOException {
        Path folder = TemporaryFiles.folder("ict-hp-test");
        Path file = TemporaryFiles.file("ict-hp-test", ".x");
        assertThat(folder).isEmptyDirectory();
        assertThat(file).isEmptyFile();
        Files.delete(folder);
        Files.delete(file);
    }

    @Test
    void namesTheFolderThatIsNotThereAndTheProperty() {
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", temp.resolve("gone").toString());
        try {
            assertThat(TemporaryFiles.failure(new IOException("x")))
                    .isInstanceOf(TemporaryFolderException.class)
                    .hasMessageContaining(temp.resolve("gone").toString())
                    .hasMessageContaining("there is no such folder")
                    .hasMessageContaining("-Djava.io.tmpdir");
            System.setProperty("java.io.tmpdir", temp.toString());
            assertThat(TemporaryFiles.failure(new IOException("No space left on device")))
                    .hasMessageContaining("No space left on device")
                    .hasMessageContaining(temp.toString());
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }
}
