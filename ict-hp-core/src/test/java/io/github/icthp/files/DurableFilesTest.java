package io.github.icthp.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class DurableFilesTest {

    @TempDir private Path folder;

    private static void fail(Path unfinished) throws IOException {
        Files.writeString(
                Files.isDirectory(unfinished) ? unfinished.resolve("a") : unfinished, "x");
        throw new IOException("no room");
    }

    @Test
    void replacesAFileOrLeavesItAsItWas() throws IOException {
        Path file = folder.resolve("below/it.txt");
        DurableFiles.write(file, "one");
        DurableFiles.write(file, path -> Files.writeString(path, "two"));
        assertThatThrownBy(() -> DurableFiles.write(file, DurableFilesTest::fail))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> DurableFiles.writeShared(file, DurableFilesTest::fail))
                .hasMessage("no room");
        assertThat(file).hasContent("two");
        DurableFiles.writeShared(file, path -> Files.writeString(path, "three"));
        assertThat(file).hasContent("three");
        assertThat(file.getParent().toFile().list()).hasSize(1);
    }

    @Test
    void replacesAFolderOrLeavesItAsItWas() throws IOException {
        Path target = folder.resolve("all");
        DurableFiles.writeFolder(target, path -> Files.writeString(path.resolve("old"), ""));
        assertThatThrownBy(() -> DurableFiles.writeFolder(target, DurableFilesTest::fail))
                .hasMessage("no room");
        assertThat(target.resolve("old")).exists();
        Files.createDirectory(folder.resolve("all" + DurableFiles.UNFINISHED));
        DurableFiles.writeFolder(target, path -> Files.writeString(path.resolve("new"), ""));
        assertThat(target.resolve("old")).doesNotExist();
        assertThat(target.resolve("new")).exists();
        assertThat(folder.toFile().list()).containsExactly("all");
    }
}
