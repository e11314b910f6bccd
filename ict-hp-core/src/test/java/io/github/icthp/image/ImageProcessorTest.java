package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.image.ImageConfig.Resize;

import org.junit.jupiter.api.Test;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import javax.imageio.ImageIO;

/** Batches: order, failures, buffers, formats; and pictures of unusual shape. */
class ImageProcessorTest {

    private static final ImageProcessor PROCESSOR = ImageProcessor.of(ImageConfig.square(8));

    private static ImageInput plain(int level) {
        byte[] rgb = new byte[3 * 20 * 10];
        Arrays.fill(rgb, (byte) level);
        return ImageInput.of(RgbImage.of(20, 10, rgb), "level " + level);
    }

    private static ImageInput bad(String name) {
        return ImageInput.of(new byte[0], name);
    }

    private static float red(int level) {
        return ((float) (level / 255.0) - (float) 0.48145466) / (float) 0.26862954;
    }

    @Test
    void keepsTheOrderOfManyPictures() {
        List<ImageInput> inputs = IntStream.range(0, 100).mapToObj(i -> plain(i)).toList();

        PixelBatch batch = PROCESSOR.process(inputs);

        assertThat(batch.shape()).containsExactly(100, 3, 8, 8);
        assertThat(batch.data().isDirect()).isTrue();
        assertThat(batch.data().remaining()).isEqualTo(100 * PROCESSOR.bytesPerImage());
        FloatBuffer values = batch.data().asFloatBuffer();
        for (int i = 0; i < 100; i++) {
            assertThat(values.get(i * 3 * 64)).isEqualTo(red(i));
            assertThat(batch.row(i)).hasValue(i);
        }
    }

    @Test
    void badPicturesFailAloneAndLeaveNoGap() {
        List<ImageInput> inputs =
                List.of(bad("first"), plain(10), bad("third"), bad("fourth"), plain(20), plain(30));

        PixelBatch batch = PROCESSOR.process(inputs);

        assertThat(batch.size()).isEqualTo(6);
        assertThat(batch.shape()).containsExactly(3, 3, 8, 8);
        FloatBuffer values = batch.data().asFloatBuffer();
        assertThat(values.remaining()).isEqualTo(3 * 3 * 64);
        for (int row = 0; row < 3; row++) {
            assertThat(values.get(row * 3 * 64)).isEqualTo(red(10 * (row + 1)));
        }
        assertThat(batch.row(0)).isEmpty();
        assertThat(batch.row(1)).hasValue(0);
        assertThat(batch.row(5)).hasValue(2);
        assertThat(batch.failure(1)).isEmpty();
        assertThat(batch.failure(2).map(ImageDecodeException::source)).hasValue("third");
    }

    @Test
    void aBatchMayBeEmptyOrBadThroughout() {
        assertThat(PROCESSOR.process(List.of()).shape()).containsExactly(0, 3, 8, 8);
        assertThat(PROCESSOR.process(List.of(bad("a"), bad("b"))).data().remaining()).isZero();
    }

    /** A stream whose first reads end with errors, then one that holds a picture. */
    private static ImageInput failing(String name, List<Error> errors) {
        Iterator<Error> next = errors.iterator();
        byte[] bmp = bmpOfOnePixel();
        return ImageInput.of(
                new ByteArrayInputStream(bmp) {
                    @Override
                    public byte[] readNBytes(int length) {
                        if (next.hasNext()) {
                            throw next.next();
                        }
                        return bmp;
                    }
                },
                name);
    }

    private static byte[] bmpOfOnePixel() {
        ByteArrayOutputStream bmp = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR), "bmp", bmp);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bmp.toByteArray();
    }

    @Test
    void anErrorFailsItsPictureAlone() {
        List<ImageInput> inputs =
                List.of(
                        plain(1),
                        failing("heap", Collections.nCopies(2, new OutOfMemoryError("heap"))),
                        failing("deep", List.of(new StackOverflowError())),
                        failing("codec", List.of(new NoClassDefFoundError("codec/Reader"))),
                        failing("native", List.of(new UnsatisfiedLinkError("no codec"))),
                        plain(2));

        PixelBatch batch = PROCESSOR.process(inputs);

        assertThat(batch.shape()).containsExactly(2, 3, 8, 8);
        assertThat(batch.failure(1).orElseThrow())
                .hasMessageContaining("heap")
                .hasMessageContaining("-Xmx");
        assertThat(batch.failure(2).orElseThrow()).hasMessageContaining("StackOverflowError");
        assertThat(batch.failure(3).orElseThrow()).hasMessageContaining("codec/Reader");
        assertThat(batch.failure(4).orElseThrow()).hasMessageContaining("no codec");
    }

    @Test
    void aPictureThatOnlyItsNeighborsLeftNoMemoryIsReadAgain() {
        PixelBatch batch =
                PROCESSOR.process(
                        List.of(failing("unlucky", List.of(new OutOfMemoryError("for now")))));

        assertThat(batch.failure(0)).isEmpty();
        assertThat(batch.data().asFloatBuffer().get()).isEqualTo(red(0));
    }

    @Test
    void aFailingSourceIsABadPictureToo() {
        InputStream lost =
                new SequenceInputStream(
                        Collections.enumeration(List.of(InputStream.nullInputStream()))) {
                    @Override
                    public int read(byte[] target, int from, int length) {
                        throw new IllegalStateException("connection lost");
                    }
                };
        ImageInput failing = ImageInput.of(lost, "stream");

        Optional<ImageDecodeException> failure = PROCESSOR.process(List.of(failing)).failure(0);

        assertThat(failure.orElseThrow())
                .hasMessageContaining("stream")
                .hasMessageContaining("connection lost");
    }

    @Test
    void usesABufferAgain() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(2 * PROCESSOR.bytesPerImage() + 5);
        buffer.position(3);

        PixelBatch batch = PROCESSOR.process(List.of(plain(1), plain(2)), buffer);

        assertThat(buffer.position()).isEqualTo(3);
        assertThat(batch.data().asFloatBuffer().get(3 * 64)).isEqualTo(red(2));
        assertThatThrownBy(() -> PROCESSOR.process(List.of(plain(1), plain(2), plain(3)), buffer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("for 3 pictures");
    }

    @Test
    void writesBfloat16RoundedToNearestEven() {
        PixelBatch batch = PROCESSOR.withPixelType(PixelType.BFLOAT16).process(List.of(plain(200)));

        assertThat(batch.data().remaining()).isEqualTo(3 * 64 * 2);
        short bits = batch.data().asShortBuffer().get(0);
        assertThat(Float.intBitsToFloat(bits << 16)).isCloseTo(red(200), offset(red(200) / 256));
        assertThat(PixelTable.toBfloat16(1 + 1 / 256f)).isEqualTo((short) 0x3F80); // tie, down
        assertThat(PixelTable.toBfloat16(1 + 3 / 256f)).isEqualTo((short) 0x3F82); // tie, up
        assertThat(PixelTable.toBfloat16(-1.0040f)).isEqualTo((short) 0xBF81);
    }

    private static org.assertj.core.data.Offset<Float> offset(float value) {
        return org.assertj.core.data.Offset.offset(value);
    }

    @Test
    void longStripsCostOnlyTheirMiddle() {
        byte[] rgb = new byte[3 * 10_000];
        Arrays.fill(rgb, (byte) 99);
        ImageProcessor processor = ImageProcessor.of(ImageConfig.square(224));

        RgbImage tall = processor.resize(RgbImage.of(1, 10_000, rgb));
        RgbImage wide = processor.resize(RgbImage.of(10_000, 1, rgb));

        assertThat(tall.rgb()).hasSize(3 * 224 * 224).containsOnly(99);
        assertThat(wide).isEqualTo(tall);
    }

    @Test
    void smallPicturesAreSurroundedByBlackIfNotResized() {
        ImageConfig config =
                new ImageConfig(
                        new Resize.Keep(),
                        4,
                        5,
                        ImageConfig.TO_UNIT,
                        ImageConfig.OPENAI_MEAN,
                        ImageConfig.OPENAI_STD);
        byte[] rgb = new byte[3 * 2];
        Arrays.fill(rgb, (byte) 9);

        byte[] framed = ImageProcessor.of(config).resize(RgbImage.of(2, 1, rgb)).rgb();

        int[] red = IntStream.range(0, 20).map(i -> framed[3 * i]).toArray();
        assertThat(red).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void bothEdgesMayBeGiven() {
        ImageConfig config =
                new ImageConfig(
                        new Resize.Exact(3, 7),
                        3,
                        7,
                        ImageConfig.TO_UNIT,
                        ImageConfig.OPENAI_MEAN,
                        ImageConfig.OPENAI_STD);

        PixelBatch batch = ImageProcessor.of(config).process(List.of(plain(7)));

        assertThat(batch.shape()).containsExactly(1, 3, 3, 7);
    }
}
