package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import javax.imageio.ImageIO;

class SourcePicturesTest {

    private static final int MOST_BYTES = 20_000;

    @TempDir private Path temporary;
    private PictureServer server;
    private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void start() throws IOException {
        server = new PictureServer(picture());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static byte[] picture() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB), "png", png);
        return png.toByteArray();
    }

    private byte[] kept(ImageSource picture, Duration whole)
            throws IOException, SourcePictures.PictureException {
        SourcePictures pictures =
                new SourcePictures(
                        temporary,
                        new Pauses(Duration.ofSeconds(1), waits::add),
                        whole,
                        MOST_BYTES);
        return Files.readAllBytes(temporary.resolve(pictures.keep(picture, 5, 1)));
    }

    private byte[] kept(String path) throws IOException, SourcePictures.PictureException {
        return kept(ImageSource.of(URI.create(server.address(path))), Duration.ofSeconds(60));
    }

    @Test
    void keepsWhatAnAddressGives() throws Exception {
        assertThat(kept("ok")).isEqualTo(picture());
        assertThat(temporary.resolve("source/00000005_1")).exists();
        assertThat(kept("moved")).isEqualTo(picture());
        assertThat(waits).isEmpty();
    }

    @Test
    void waitsAsLongAsTheServerAsks() throws Exception {
        assertThat(kept("busy")).isEqualTo(picture());
        assertThat(waits).containsExactly(Duration.ofSeconds(3));
    }

    @ParameterizedTest
    @CsvSource({
        "gone, cannot be fetched: HTTP 404, 1",
        "broken, cannot be fetched in 3 tries: HTTP 500, 3",
        "page, 'neither PNG, JPEG nor WebP', 1",
        "empty, 'neither PNG, JPEG nor WebP', 1",
        "huge, over the limit of 20000 bytes, 1",
        "local, cannot be fetched: HTTP 302, 1",
        "cut, cannot be fetched in 3 tries, 3",
    })
    void saysWhyThereIsNoPicture(String path, String problem, int times) {
        assertThatThrownBy(() -> kept(path))
                .isInstanceOf(SourcePictures.PictureException.class)
                .hasMessageStartingWith("the picture " + server.address(path) + ": ")
                .hasMessageContaining(problem);
        assertThat(server.asked.get(path)).hasValue(times);
        assertThat(temporary.resolve("source/00000005_1")).doesNotExist();
    }

    @Test
    void endsRedirectsThatGoRound() {
        assertThatThrownBy(() -> kept("round")).hasMessageContaining("cannot be fetched");
        assertThat(server.asked.get("round").get()).isBetween(2, 60);
    }

    @Test
    void givesUpAServerThatStopsHalfway() {
        ImageSource silent = ImageSource.of(URI.create(server.address("silent")));
        assertThatThrownBy(() -> kept(silent, Duration.ofMillis(300)))
                .hasMessageContaining("cannot be fetched in 3 tries: no whole answer in");
        assertThat(waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void failsRowsAloneAndTriesThemAgain() throws IOException {
        Path source =
                Files.writeString(
                        temporary.resolve("p.csv"),
                        "caption,image_0_url,image_1_url,label_0\n"
                                + row("a fox", server.address("ok"), server.address("moved"))
                                + row("a cat", server.address("gone"), server.address("ok"))
                                + row("a dog", "ftp://127.0.0.1/a.png", server.address("ok"))
                                + row("a cow", "http://exa mple/a.png", server.address("ok"))
                                + row("a hen", "file:///etc/hostname", server.address("ok"))
                                + row("a rat", "http:///a.png", server.address("ok")));
        BuildResult first = build(source).run();
        assertThat(first.triplets()).isEqualTo(1);
        assertThat(first.failed()).isEqualTo(5);
        assertThat(Files.readString(first.folder().resolve("work/1-prompts/000000.jsonl")))
                .contains(
                        "/gone: cannot be fetched: HTTP 404",
                        "ftp://127.0.0.1/a.png: cannot be read: java.io.IOException: expected an"
                                + " address that begins with http: or https:",
                        "http://exa mple/a.png: cannot be read",
                        "file:///etc/hostname: cannot be read",
                        "http:///a.png: cannot be fetched");
        server.restored = true;
        assertThat(build(source).run().triplets()).isEqualTo(1);
        BuildResult again = build(source).retryFailed(true).run();
        assertThat(again.triplets()).isEqualTo(2);
        assertThat(again.failed()).isEqualTo(4);
        try (PickHighDataset data = PickHighDataset.open(again.folder(), Split.TRAIN)) {
            PreferenceTriplet cat = data.get(1);
            assertThat(cat.easyPrompt()).isEqualTo("a cat");
            assertThat(((ImageSource.File) cat.images().preferred()).path())
                    .hasBinaryContent(picture());
        }
    }

    private static String row(String prompt, String first, String second) {
        return String.join(",", prompt, first, second, "1") + "\n";
    }

    private PickHighBuild build(Path source) {
        return PickHighBuild.of(source, temporary.resolve("out"))
                .renderer(Planned.renderer())
                .requests(3, 0, 3, Duration.ofMillis(1));
    }
}
