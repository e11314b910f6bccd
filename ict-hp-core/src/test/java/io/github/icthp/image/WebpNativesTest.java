package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder for the WebP library's native part. */
class WebpNativesTest {

    @TempDir Path folder;

    @Test
    void aGoodFolderIsLeftAsItWas() throws IOException {
        WebpNatives.check(folder.toString());

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aBadFolderIsNamedWithTheProperties() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        for (Path bad : new Path[] {folder.resolve("missing"), file}) {
            assertThatThrownBy(() -> WebpNatives.check(bad.toString()))
                    .isInstanceOf(ImageFormatException.class)
                    .hasMessageContaining(bad + " must exist and be writable")
                    .hasMessageContaining("-Dcom.luciad.imageio.webp.tmpdir=FOLDER")
                    .hasMessageContaining("-Djava.io.tmpdir=FOLDER");
        }
    }

    @Test
    void aLibraryThatDoesNotLoadIsASentence() {
        assertThat(WebpNatives.notLoaded(new UnsatisfiedLinkError("no such symbol")))
                .hasMessageContaining("libwebp")
                .hasMessageContaining(System.getProperty("java.io.tmpdir"))
                .hasMessageContaining("no such symbol");
    }
}
