package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.BufferedImageFactory;
import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.translate.TranslateException;

import com.google.common.primitives.Bytes;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.util.concurrent.Uninterruptibles;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

class RewardModelTest {

    @TempDir static Path temporary;
    private static Path weights;
    private static RewardModel model;

    @BeforeAll
    static void load() {
        weights = Golden.unpack(Golden.sample("reward/tiny"), temporary.resolve("tiny"));
        model = builder().build();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static RewardModelBuilder builder() {
        return RewardModel.combined()
                .ict(weights)
                .hp(weights)
                .device(Devices.tested())
                .precision(Precision.FP32)
                .batch(3);
    }

    private static ImageSource drawn(int seed) {
        BufferedImage image = new BufferedImage(60 + seed, 50, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(new Color(37 * seed % 256, 90, 200 - 11 * seed % 200));
        g.fillOval(5, 5, 30 + seed, 30);
        g.dispose();
        return ImageSource.of("drawn " + seed, image);
    }

    @Test
    void findsTheConfigurationBesideTheWeights() {
        RewardScore score = model.score(new PromptImage("a ball", drawn(1)));
        assertThat(score.value()).isEqualTo(score.ict() * score.hp());
        assertThat(score.provenance().precision()).isEqualTo(Precision.FP32);
        assertThat(score.kind().scale().text()).isEqualTo("cosine x sigmoid");
    }

    @Test
    void scoresDoNotDependOnOrderOrCompany() {
        List<PromptImage> pairs =
                Stream.iterate(0, i -> i + 1)
                        .limit(11)
                        .map(i -> new PromptImage("prompt " + i % 4, drawn(i)))
                        .toList();
        try (Stream<RewardScore> together = model.scoreAll(pairs.stream())) {
            List<RewardScore> scores = together.toList();
            assertThat(scores).hasSize(11);
            for (int i = 0; i < 11; i++) {
                assertThat(scores.get(i).image()).isEqualTo("drawn " + i);
                assertThat(scores.get(i).value())
                        .isCloseTo(
                                model.score(pairs.get(i)).value(),
                                org.assertj.core.data.Offset.offset(1e-6));
            }
        }
    }

    @Test
    void printsOneLine() {
        RewardScore score = model.score(new PromptImage("a ball", drawn(1)));
        assertThat(score.toString())
                .startsWith("RewardScore[drawn 1 for \"a ball\": ICT ")
                .matches("[^\n]* ICT -?0[.]\\d{6} x HP 0[.]\\d{6} = -?0[.]\\d{6}]");
        assertThat(model.failed(new PromptImage("x", drawn(2)), new RuntimeException("torn")))
                .hasToString("RewardScore[drawn 2 for \"x\": no score: torn]");
        assertThat(model.toString())
                .startsWith("RewardModel[ICT-HP of ")
                .contains("FP32 on ")
                .doesNotContain("\n", "@");
        assertThat(new PromptImage("x", drawn(2)).toString()).doesNotContain("Lambda", "@");
        assertThat(ImageSource.of("bytes", new byte[3])).hasToString("Encoded[bytes]");
    }

    @Test
    void aNegativeCosineTimesALargerQualityIsLess() {
        RewardScore dull = negative(0.2);
        RewardScore fine = negative(0.9);
        assertThat(fine.combined()).isEqualTo(-0.5 * 0.9).isLessThan(dull.combined());
    }

    private static RewardScore negative(double hp) {
        return new RewardScore(
                "a ball",
                "picture",
                RewardKind.COMBINED,
                ImmutableDoubleArray.of(-0.5, hp),
                null,
                model.provenance());
    }

    @Test
    void aBadImageFailsAloneAndRanksLast() throws IOException {
        Path bad = Files.writeString(temporary.resolve("bad.png"), "no picture");
        List<RewardScore> ranked =
                model.rank("a ball", drawn(1), ImageSource.of(bad), drawn(2), drawn(3));
        assertThat(ranked).hasSize(4);
        assertThat(ranked.get(3).error())
                .hasValueSatisfying(e -> assertThat(e).isInstanceOf(ImageDecodeException.class));
        assertThat(ranked.get(0).value()).isGreaterThanOrEqualTo(ranked.get(1).value());
        assertThatThrownBy(() -> ranked.get(3).value())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("bad.png");
        assertThatThrownBy(() -> model.score("a ball", bad))
                .isInstanceOf(ImageDecodeException.class);
    }

    @Test
    void anErrorOfOneImageFailsItAlone() {
        ImageSource full = erring("full", new OutOfMemoryError("Java heap space"));
        ImageSource lost = erring("lost", new NoClassDefFoundError("codec/Reader"));

        List<RewardScore> ranked = model.rank("a ball", full, drawn(1), lost, drawn(2));

        assertThat(ranked).extracting(RewardScore::image).endsWith("full", "lost");
        assertThat(ranked.get(1).error()).isEmpty();
        assertThat(ranked.get(2).error().orElseThrow())
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining("cannot decode full")
                .hasMessageContaining("raise -Xmx");
        assertThat(ranked.get(3).error().orElseThrow()).hasMessageContaining("codec/Reader");
        assertThatThrownBy(() -> model.score(new PromptImage("a ball", full)))
                .isInstanceOf(ImageDecodeException.class);
    }

    private static ImageSource erring(String name, Error error) {
        return new ImageSource.Drawn(
                name,
                () -> {
                    throw error;
                });
    }

    @Test
    void pairsOfOneImageAreDecodedAndComputedOnce() {
        AtomicInteger decoded = new AtomicInteger();
        ImageSource.Drawn picture = (ImageSource.Drawn) drawn(5);
        ImageSource counted =
                new ImageSource.Drawn(
                        "counted",
                        () -> {
                            decoded.incrementAndGet();
                            return picture.picture().get();
                        });
        List<PromptImage> pairs =
                Stream.of("a ball", "a house", "a cat", "a ball", "a dog")
                        .map(prompt -> new PromptImage(prompt, counted))
                        .toList();
        try (Stream<RewardScore> together =
                model.scoreAll(
                        Stream.concat(
                                pairs.stream(), Stream.of(new PromptImage("a cat", drawn(6)))))) {
            List<RewardScore> scores = together.toList();
            assertThat(decoded).hasValue(1);
            for (int i = 0; i < pairs.size(); i++) {
                RewardScore alone = model.score(new PromptImage(pairs.get(i).prompt(), drawn(5)));
                assertThat(scores.get(i).ict()).isCloseTo(alone.ict(), within(1e-6));
                assertThat(scores.get(i).hp()).isCloseTo(alone.hp(), within(1e-6));
            }
            assertThat(scores.get(5).hp()).isNotCloseTo(scores.get(4).hp(), within(1e-6));
        }
    }

    @Test
    void isAPredictorForDjl() throws IOException, TranslateException {
        Path bad = Files.writeString(temporary.resolve("unreadable.png"), "no picture");
        List<PromptImage> pairs =
                List.of(
                        new PromptImage("a ball", drawn(1)),
                        PromptImage.of("a ball", bad),
                        new PromptImage("a cat", drawn(2)));
        try (Predictor<PromptImage, RewardScore> predictor = model.predictor()) {
            RewardScore alone = predictor.predict(pairs.get(0));
            assertThat(alone.value()).isCloseTo(model.score(pairs.get(0)).value(), within(1e-6));
            List<RewardScore> scores = predictor.batchPredict(pairs);
            assertThat(scores)
                    .extracting(RewardScore::prompt)
                    .containsExactly("a ball", "a ball", "a cat");
            assertThat(scores.get(0).value()).isCloseTo(alone.value(), within(1e-6));
            assertThat(scores.get(1).error()).isPresent();
            assertThat(scores.get(2).error()).isEmpty();
            assertThat(predictor.supportsStreaming()).isFalse();
            assertThatThrownBy(() -> predictor.predict(pairs.get(1)))
                    .isInstanceOf(TranslateException.class)
                    .hasMessageContaining("unreadable.png");
        }
        assertThat(model.score(pairs.get(0)).error()).isEmpty();
    }

    @Test
    void comparesPrompts() {
        double[] cosines =
                model.promptCosines(
                        List.of("a ball", "a ball", "a house"),
                        List.of("a ball", "a house", "a ball"));
        assertThat(cosines[0]).isCloseTo(1, within(1e-6));
        assertThat(cosines[1]).isCloseTo(cosines[2], within(1e-6)).isLessThan(0.9999);
        assertThat(model.promptCosines(List.of(), List.of())).isEmpty();
        assertThatThrownBy(() -> model.promptCosines(List.of("a"), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 and 0 prompts");
        try (RewardModel hp = RewardModel.hp().hp(weights).build()) {
            assertThatThrownBy(() -> hp.promptCosines(List.of("a"), List.of("b")))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anEmptyStreamHasNoScores() {
        try (Stream<RewardScore> scores = model.scoreAll(Stream.empty())) {
            assertThat(scores).isEmpty();
        }
        assertThat(model.rank("nothing")).isEmpty();
    }

    @Test
    void leavesOutWhatAModelDoesNotMeasure() {
        try (RewardModel hp = RewardModel.hp().hp(weights).build();
                RewardModel ict = RewardModel.ict().ict(weights.resolve("ICT")).build()) {
            RewardScore quality = hp.score(new PromptImage("ignored", drawn(1)));
            assertThat(quality.ict()).isNaN();
            assertThat(quality.value()).isBetween(0.0, 1.0);
            RewardScore contained = ict.score(new PromptImage("a ball", drawn(1)));
            assertThat(contained.hp()).isNaN();
            assertThat(contained.value()).isBetween(-1.0, 1.0);
        }
    }

    @Test
    void theGradientReachesThePixels() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    float[] values = new float[2 * 3 * 50 * 70];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (i * 31 % 97) / 97f;
                    }
                    NDArray pixels = Tensors.of(values, 2, 3, 50, 70);
                    DifferentiableReward.RewardGradient result =
                            model.differentiable().gradient(pixels, List.of("a ball", "a box"));
                    assertThat(result.gradient().getShape()).isEqualTo(pixels.getShape());
                    assertThat(Tensors.toFloats(result.gradient().abs().max())[0]).isPositive();
                });
    }

    @Test
    void namesEverythingMissingAtOnce() throws IOException {
        assertThatThrownBy(() -> RewardModel.combined().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ict(path)")
                .hasMessageContaining("hp(path)");
        assertThatThrownBy(() -> RewardModel.ict().ict(temporary.resolve("nowhere")).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere");
        assertThatThrownBy(() -> RewardModel.hp().hp(weights.resolve("ICT")).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no folder")
                .hasMessageContaining("hp_backbone");
        Path bare = Files.createDirectory(temporary.resolve("bare"));
        Files.writeString(bare.resolve("config.json"), "{}");
        assertThatThrownBy(() -> RewardModel.ict().ict(bare).build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("no weights in the folder")
                .hasMessageContaining("found [config.json]");
        assertThatThrownBy(() -> RewardModel.combined().batch(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1..1024, got 0");
    }

    @Test
    void refusesAConfigurationOfAnotherModel() throws IOException {
        Path other = Files.createDirectory(temporary.resolve("other"));
        Files.copy(
                Golden.sample("clip/quick_gelu_small").resolve("config.json"),
                other.resolve("config.json"));
        assertThatThrownBy(() -> RewardModel.ict().ict(weights).base(other).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("belong together");
    }

    @Test
    void takesPicturesFromWhereverTheyAre() throws IOException {
        BufferedImage picture = ((ImageSource.Drawn) drawn(4)).picture().get();
        Path file = temporary.resolve("wherever picture.png");
        ImageIO.write(picture, "png", file.toFile());
        byte[] encoded = Files.readAllBytes(file);
        Image ofDjl = new BufferedImageFactory().fromImage(picture);
        List<PromptImage> pairs =
                Stream.of(
                                ImageSource.of(file),
                                ImageSource.of(file.toUri()),
                                ImageSource.of("bytes", encoded),
                                ImageSource.of("stream", new ByteArrayInputStream(encoded)),
                                ImageSource.of("drawn", picture),
                                ImageSource.of("of DJL", ofDjl),
                                ImageSource.of("of DJL, not over Java's", foreign(ofDjl)))
                        .map(image -> new PromptImage("a ball", image))
                        .toList();
        try (Stream<RewardScore> scores = model.scoreAll(pairs.stream())) {
            double expected = model.score("a ball", file).value();
            assertThat(scores.toList())
                    .hasSize(7)
                    .allSatisfy(s -> assertThat(s.value()).isCloseTo(expected, within(1e-6)));
        }
        URI nowhere = temporary.resolve("nowhere.png").toUri();
        assertThatThrownBy(() -> model.score(new PromptImage("a ball", ImageSource.of(nowhere))))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining("nowhere.png: there is no such file");
    }

    /** The same image as another library would wrap it. */
    private static Image foreign(Image image) {
        return (Image)
                Proxy.newProxyInstance(
                        Image.class.getClassLoader(),
                        new Class<?>[] {Image.class},
                        (proxy, method, arguments) ->
                                method.getName().equals("getWrappedImage")
                                        ? new Object()
                                        : method.invoke(image, arguments));
    }

    @Test
    void setsPicturesUprightIfAsked() throws IOException {
        BufferedImage picture = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
        picture.createGraphics().fillRect(0, 0, 13, 20);
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        ImageIO.write(picture, "jpg", encoded);
        byte[] plain = encoded.toByteArray();
        PromptImage turned = new PromptImage("a ball", ImageSource.of("turned", turned(plain)));
        PromptImage stored = new PromptImage("a ball", ImageSource.of("stored", plain));
        ImageDecoder upright = ImageDecoder.standard().withExifOrientation(true);
        try (RewardModel turning = builder().decoder(upright).build()) {
            double asStored = model.score(stored).hp();
            assertThat(model.score(turned).hp()).isEqualTo(asStored);
            assertThat(turning.score(stored).hp()).isEqualTo(asStored);
            assertThat(turning.score(turned).hp()).isNotCloseTo(asStored, within(1e-5));
            assertThat(turning.provenance().imageConvention()).contains("EXIF");
        }
    }

    /** The same JPEG file with an EXIF block that says: turned by a quarter (orientation 6). */
    private static byte[] turned(byte[] jpeg) {
        byte[] exif =
                HexFormat.of()
                        .parseHex(
                                "ffe100224578696600004d4d002a00000008"
                                        + "00010112000300000001000600000000"
                                        + "0000");
        return Bytes.concat(Arrays.copyOf(jpeg, 2), exif, Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    @Test
    @Timeout(60)
    void closingEndsAStreamThatIsStillRead() {
        RewardModel closing = builder().build();
        ImageSource.Drawn quick = (ImageSource.Drawn) drawn(3);
        ImageSource slow =
                new ImageSource.Drawn(
                        "slow",
                        () -> {
                            Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(20));
                            return quick.picture().get();
                        });
        Stream<PromptImage> endless =
                Stream.iterate(0, i -> i + 1)
                        .map(i -> new PromptImage("a ball", i % 2 == 0 ? slow : drawn(i)));
        try (Stream<RewardScore> scores = closing.scoreAll(endless)) {
            Iterator<RewardScore> each = scores.iterator();
            assertThat(each.next().error()).isEmpty();
            closing.close();
            assertThatThrownBy(() -> each.forEachRemaining(score -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void scoresAnyPrompt() {
        List<PromptImage> pairs =
                Stream.of(
                                "",
                                " ",
                                "dragon ".repeat(2000),
                                "\u0000\ud800 \ufffd",
                                "\ud83d\udc09\u200d")
                        .map(prompt -> new PromptImage(prompt, drawn(1)))
                        .toList();
        try (Stream<RewardScore> scores = model.scoreAll(pairs.stream())) {
            assertThat(scores.map(RewardScore::value)).hasSize(5).doesNotContain(Double.NaN);
        }
    }

    @Test
    void aClosedModelSaysSo() {
        RewardModel closed = builder().build();
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.score(new PromptImage("a ball", drawn(1))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(closed::differentiable).isInstanceOf(IllegalStateException.class);
    }
}
