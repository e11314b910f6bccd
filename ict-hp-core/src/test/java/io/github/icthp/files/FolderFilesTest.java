package io.github.icthp.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.training.WeightHashes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders that have symbolic links in them, or are some. */
class FolderFilesTest {

    @TempDir Path temp;

    private Path model() throws IOException {
        Path part = Files.createDirectories(temp.resolve("plain/part"));
        Files.writeString(part.resolve("config.json"), "{}");
        Files.writeString(temp.resolve("plain/a.txt"), "a");
        return temp.resolve("plain");
    }

    /** The same as {@link #model}, of a linked folder and a linked file. */
    private Path linked() throws IOException {
        Path plain = model();
        Path folder = Files.createDirectories(temp.resolve("linked"));
        Files.createSymbolicLink(folder.resolve("part"), Path.of("../plain/part"));
        Files.createSymbolicLink(folder.resolve("a.txt"), plain.resolve("a.txt"));
        return folder;
    }

    @Test
    void linksAreFollowed() throws IOException {
        Path linked = linked();
        Path top = Files.createSymbolicLink(temp.resolve("top"), linked);
        assertThat(FolderFiles.below(top))
                .containsExactly(top.resolve("a.txt"), top.resolve("part/config.json"));
    }

    @Test
    void hashesAreThoseOfTheSameFolderWithoutLinks() throws IOException {
        Path linked = linked();
        String expected = WeightHashes.sha256(temp.resolve("plain"));
        assertThat(WeightHashes.sha256(linked)).isEqualTo(expected);
        Path top = Files.createSymbolicLink(temp.resolve("top"), linked);
        assertThat(WeightHashes.sha256(top)).isEqualTo(expected);
        Files.writeString(temp.resolve("plain/part/config.json"), "{ }");
        assertThat(WeightHashes.sha256(top)).isNotEqualTo(expected);
    }

    @Test
    void aFileInTheFoldersPlaceIsNamed() throws IOException {
        Path file = Files.writeString(temp.resolve("out"), "x");
        assertThatThrownBy(() -> FolderFiles.make(file))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessage(file + ": expected a folder, found a file; name another folder");
    }

    @Test
    void aLoopIsAnError() throws IOException {
        Path folder = model();
        Path loop = Files.createSymbolicLink(folder.resolve("part/again"), folder);
        assertThatThrownBy(() -> WeightHashes.sha256(folder))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(loop + " is a link to a folder that it lies in");
    }

    @Test
    void aLinkToItselfIsAnError() throws IOException {
        Path folder = model();
        Path itself = Files.createSymbolicLink(folder.resolve("itself"), Path.of("itself"));
        assertThatThrownBy(() -> FolderFiles.below(folder))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(itself + " is a dangling link to itself");
    }

    @Test
    void aDanglingLinkIsAnError() throws IOException {
        Path folder = model();
        Path link = Files.createSymbolicLink(folder.resolve("gone"), Path.of("../blobs/abc"));
        assertThatThrownBy(() -> FolderFiles.below(folder))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(
                        link + " is a dangling link to ../blobs/abc, which is not there");
        assertThat(FolderFiles.brokenLink(folder.resolve("a.txt"))).isEmpty();
        assertThat(FolderFiles.brokenLink(folder.resolve("none.txt"))).isEmpty();
        assertThat(FolderFiles.brokenLink(link.resolve("below"))).isPresent();
    }

    @Test
    void aLinkToAFolderCountsAsMade() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("link"), model());
        assertThat(FolderFiles.make(link)).isEqualTo(link);
        assertThat(FolderFiles.make(link.resolve("new/folder"))).isDirectory();
        Path weights = temp.resolve("link/w.safetensors");
        assertThat(weights.getParent()).isSymbolicLink();
    }
}
