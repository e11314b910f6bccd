package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;

import org.junit.jupiter.api.Test;

import java.awt.image.BufferedImage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class DecodedOnceTest {

    private final AtomicInteger drawn = new AtomicInteger();
    private final ImageSource source =
            new ImageSource.Drawn(
                    "drawing",
                    () -> {
                        drawn.incrementAndGet();
                        return new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
                    });

    @Test
    void readersOnManyThreadsShareOneDecoding() {
        ImageSource once = ImageSource.decodedOnce(source);
        IntStream.range(0, 20)
                .parallel()
                .forEach(
                        i ->
                                assertThat(once.input().decode(ImageDecoder.standard()).width())
                                        .isEqualTo(3));
        assertThat(drawn).hasValue(1);
        assertThat(once.name()).isEqualTo("drawing");
        assertThat(ImageSource.decodedOnce(once)).isSameAs(once);
    }

    @Test
    void anotherDecoderReadsItsOwnPicture() {
        ImageSource once = ImageSource.decodedOnce(source);
        once.input().decode(ImageDecoder.standard());
        ImageDecoder strict = ImageDecoder.standard().withMaxPixels(2);
        once.input().decode(strict);
        once.input().decode(strict);
        assertThat(drawn).hasValue(2);
    }

    @Test
    void aFailureNamesThePicture() {
        ImageSource once = ImageSource.decodedOnce(ImageSource.of("bytes", new byte[] {1, 2}));
        assertThatThrownBy(() -> once.input().decode(ImageDecoder.standard()))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining("bytes");
    }
}
