package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.modality.cv.BufferedImageFactory;

import com.google.common.hash.Hashing;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/** Decoding of every kind of picture, against Pillow; and what becomes of bad ones. */
class ImageDecoderTest {

    private static final ImageDecoder DECODER = ImageDecoder.standard();

    @TempDir Path folder;

    /** Pictures and expectations written by the Python files beside them. */
    private static List<JsonObject> pictures() {
        return Stream.of("decoded-pictures.jsonl", "jpeg-samplings.jsonl")
                .flatMap(resource -> pictures(resource).stream())
                .toList();
    }

    private static List<JsonObject> pictures(String resource) {
        InputStream in = ImageDecoderTest.class.getResourceAsStream(resource);
        BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8));
        return lines.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    static Stream<Arguments> decodedPictures() {
        return pictures().stream().map(json -> arguments(json.get("name").getAsString(), json));
    }

    private static byte[] file(JsonObject json) {
        return Base64.getDecoder().decode(json.get("file").getAsString());
    }

    private static byte[] file(String name) {
        return pictures().stream()
                .filter(json -> json.get("name").getAsString().equals(name))
                .map(ImageDecoderTest::file)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("decodedPictures")
    void equalsPillow(String name, JsonObject json) {
        RgbImage image = DECODER.decode(file(json), name);
        RgbImage upright = DECODER.withExifOrientation(true).decode(file(json), name);

        assertThat(image.width()).isEqualTo(json.get("width").getAsInt());
        assertThat(image.height()).isEqualTo(json.get("height").getAsInt());
        assertThat(sha256(image)).isEqualTo(json.get("sha256").getAsString());
        assertThat(sha256(upright)).isEqualTo(json.get("upright_sha256").getAsString());
    }

    private static String sha256(RgbImage image) {
        return Hashing.sha256().hashBytes(image.rgb()).toString();
    }

    @Test
    void everySourceGivesTheSamePixels() throws IOException {
        byte[] bytes = file("jpeg 420");
        Path path = Files.write(folder.resolve("picture.png"), bytes); // content counts, not name
        RgbImage expected = DECODER.decode(bytes, "bytes");

        assertThat(DECODER.decode(path)).isEqualTo(expected);
        assertThat(DECODER.decode(path.toUri())).isEqualTo(expected);
        assertThat(DECODER.decode(new ByteArrayInputStream(bytes), "stream")).isEqualTo(expected);
        BufferedImage image = buffered(expected, BufferedImage.TYPE_INT_RGB);
        assertThat(DECODER.decode(image)).isEqualTo(expected);
        assertThat(DECODER.decode(new BufferedImageFactory().fromImage(image))).isEqualTo(expected);
    }

    private static BufferedImage buffered(RgbImage pixels, int type) {
        BufferedImage image = new BufferedImage(pixels.width(), pixels.height(), type);
        byte[] rgb = pixels.rgb();
        for (int i = 0; i < pixels.width() * pixels.height(); i++) {
            int color =
                    (rgb[3 * i] & 0xFF) << 16
                            | (rgb[3 * i + 1] & 0xFF) << 8
                            | (rgb[3 * i + 2] & 0xFF);
            image.setRGB(i % pixels.width(), i / pixels.width(), 0xFF000000 | color);
        }
        return image;
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_INT_ARGB_PRE,
                BufferedImage.TYPE_INT_BGR,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_4BYTE_ABGR_PRE
            })
    void bufferedImagesOfEveryColorType(int type) {
        RgbImage expected = DECODER.decode(file("jpeg 444"), "jpeg");

        assertThat(DECODER.decode(buffered(expected, type))).isEqualTo(expected);
        BufferedImage larger = new BufferedImage(60, 50, type);
        larger.createGraphics().drawImage(buffered(expected, type), 7, 5, null);
        BufferedImage part = larger.getSubimage(7, 5, expected.width(), expected.height());
        assertThat(DECODER.decode(part)).isEqualTo(expected);
    }

    @Test
    void grayIsTakenAsItIsStored() {
        BufferedImage gray = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        gray.getRaster().setSample(0, 0, 0, 77);
        BufferedImage deep = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSample(0, 0, 0, 0x4D99);

        assertThat(DECODER.decode(gray).rgb()).containsExactly(77, 77, 77, 0, 0, 0);
        assertThat(DECODER.decode(deep).rgb()).containsExactly(0x4D, 0x4D, 0x4D);
    }

    /** Two pixels of 5:5:5 and 5:6:5 bits, and what Pillow 12.3.0 makes of them. */
    @ParameterizedTest
    @CsvSource({
        "0, '', fe0c5004, 1839f6081083",
        "3, 00f80000e00700001f000000, fe18d00a, 181cf6085983"
    })
    void fiveAndSixBitsAreSpreadAsPillowDoes(
            int compression, String masks, String pixels, String expected) {
        HexFormat hex = HexFormat.of();
        int start = 54 + masks.length() / 2;
        ByteBuffer bmp = ByteBuffer.allocate(start + 4).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put((byte) 'B').put((byte) 'M').putInt(start + 4).putInt(0).putInt(start);
        bmp.putInt(40).putInt(2).putInt(1).putShort((short) 1).putShort((short) 16);
        bmp.putInt(compression).putInt(4).position(54);
        bmp.put(hex.parseHex(masks)).put(hex.parseHex(pixels));

        RgbImage image = DECODER.decode(bmp.array(), "16 bits.bmp");

        assertThat(hex.formatHex(image.rgb())).isEqualTo(expected);
    }

    @Test
    void alphaIsDroppedWithoutCompositing() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00102030);

        assertThat(DECODER.decode(image).rgb()).containsExactly(0x10, 0x20, 0x30);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jpeg 420",
                "jpeg 444 progressive",
                "jpeg cmyk",
                "jpeg gray",
                "gif",
                "bmp RGB",
                "png color 2 depth 8 interlaced 0",
                "png color 0 depth 16 interlaced 1",
                "jpeg 1x2 1x1 1x1 24x16",
                "webp lossless",
                "webp lossless alpha",
                "webp lossy 40",
                "webp lossy alpha",
                "webp animated lossy",
                "webp animated lossless",
                "webp animated part"
            })
    void filesThatAreCutOffAreRefused(String name) {
        byte[] whole = file(name);
        for (double part : new double[] {0.01, 0.1, 0.4, 0.7}) {
            byte[] cut = Arrays.copyOf(whole, (int) (whole.length * part));
            assertThatThrownBy(() -> DECODER.decode(cut, "cut.bin"))
                    .as("%s of the file", part)
                    .isInstanceOf(ImageDecodeException.class)
                    .hasMessageStartingWith("cannot decode cut.bin: ");
        }
    }

    @Test
    void emptyFilesAndOtherFilesAreNamed() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.png"));
        Path text = Files.writeString(folder.resolve("page.jpg"), "<html>not found</html>");

        assertThatThrownBy(() -> DECODER.decode(empty))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessage("cannot decode " + empty + ": the file is empty");
        assertThatThrownBy(() -> DECODER.decode(text))
                .isInstanceOfSatisfying(
                        ImageDecodeException.class,
                        e -> assertThat(e.source()).isEqualTo(text.toString()))
                .hasMessageContaining("expected a JPEG, PNG, WebP, GIF or BMP file")
                .hasMessageContaining("the text '<html>not fo'");
        assertThatThrownBy(() -> DECODER.decode(folder.resolve("nowhere.png")))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining("nowhere.png: there is no such file");
        assertThatThrownBy(() -> DECODER.decode(folder))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining(folder + ": expected a picture file, got a folder");
        assertThatThrownBy(() -> DECODER.decode(URI.create("nonsense:picture")))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining("nonsense:picture");
    }

    static Stream<Arguments> foreignFiles() {
        return Stream.of(
                arguments("\0\0\0\u0018ftypheic\0\0\0\0", "HEIC; convert it to PNG or JPEG"),
                arguments("\0\0\0\u0018ftypmif1\0\0\0\0", "HEIF; convert it"),
                arguments("\0\0\0\u001cftypavif\0\0\0\0", "AVIF; convert it"),
                arguments("\0\0\0\u001cftypisom\0\0\2\0", "a video"),
                arguments("II*\0\u0008\0\0\0", "TIFF; convert it"),
                arguments("MM\0*\0\0\0\u0008", "TIFF; convert it"),
                arguments("8BPS\0\1", "a Photoshop document (PSD)"),
                arguments("\0\0\0\fJXL \r\n", "JPEG XL"),
                arguments("\0\0\0\fjP  \r\n", "JPEG 2000"),
                arguments("\0\0\1\0\1\0", "an icon (ICO)"),
                arguments("P6\n2 2\n255\n", "a Netpbm picture"),
                arguments("%PDF-1.7\n", "PDF"),
                arguments("PK\3\4\u0014\0", "an archive; unpack it"),
                arguments("\u0089PNG\n\u001a\n\0", "transfer it as binary"),
                arguments("<?xml version='1.0'?>\n<svg width='1'/>", "SVG; render it to PNG"),
                arguments("<SVG/>", "SVG; render it to PNG"),
                arguments("version https://git-lfs.github.com/spec/v1\n", "'git lfs pull'"),
                arguments("RIFF\4\0\0\0WAVE", "one that starts with"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("foreignFiles")
    void filesOfOtherKindsAreNamed(String content, String what) {
        byte[] file = content.getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> DECODER.decode(file, "photo.png"))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageStartingWith(
                        "cannot decode photo.png: expected a JPEG, PNG, WebP, GIF or BMP file, got ")
                .hasMessageContaining(what);
    }

    /** Which of these a Java runtime reads differs, so none of them is read by any. */
    @ParameterizedTest
    @CsvSource({"C3, lossless", "C5, hierarchical", "C9, arithmetic-coded", "CA, arithmetic-coded"})
    void rareCodingsOfJpegAreRefusedByName(String frame, String what) {
        byte[] file = file("jpeg 420");
        int start = new String(file, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
        file[start + 1] = (byte) Integer.parseInt(frame, 16);

        assertThatThrownBy(() -> DECODER.decode(file, "rare.jpg"))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining(what)
                .hasMessageContaining("save it as baseline or progressive JPEG");
    }

    /** As it is after a download that ended between two scans. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jpeg 444 progressive",
                "jpeg 420 progressive",
                "jpeg 1x2 1x1 1x1 progressive"
            })
    void progressiveJpegsThatLackScansAreRefused(String name) {
        byte[] file = file(name);
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int second = text.indexOf("\u00ff\u00da", text.indexOf("\u00ff\u00da") + 1);
        for (int scan = second; scan > 0; scan = text.indexOf("\u00ff\u00da", scan + 1)) {
            byte[] cut = Arrays.copyOf(file, scan + 2);
            cut[scan + 1] = (byte) 0xD9;
            assertThatThrownBy(() -> DECODER.decode(cut, "cut.jpg"))
                    .as("without what follows byte %s of %s", scan, file.length)
                    .isInstanceOf(ImageDecodeException.class)
                    .hasMessageContaining("cut off");
        }
    }

    @Test
    void hugeSizesAreRefusedBeforeMemoryIsTaken() {
        assertRefused(png(2_000_000_000), "row of 2000000000 pixels is too long");
        assertRefused(png(60_000), "60000x60000 pixels is over the limit of 178956970");
        assertRefused(png(12_000), "too few for 12000x12000 pixels");

        byte[] jpeg = file("jpeg 420");
        int frame = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
        ByteBuffer.wrap(jpeg).putInt(frame + 5, 0xFFFF_FFFF);
        assertRefused(jpeg, "65535x65535 pixels is over the limit");
        ByteBuffer.wrap(jpeg).putInt(frame + 5, 0x2000_2000);
        assertRefused(jpeg, "data end too soon");
        ByteBuffer.wrap(jpeg).putInt(frame + 5, 0x0000_2000);
        assertRefused(jpeg, "no pixels");
    }

    /** A small picture's file whose header claims another size. */
    private static byte[] png(int edge) {
        byte[] file = file("png color 2 depth 8 interlaced 0");
        ByteBuffer header = ByteBuffer.wrap(file).putInt(16, edge).putInt(20, edge);
        CRC32 sum = new CRC32();
        sum.update(file, 12, 17);
        header.putInt(29, (int) sum.getValue());
        return file;
    }

    private static void assertRefused(byte[] file, String why) {
        assertThatThrownBy(() -> DECODER.decode(file, "huge"))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining(why);
    }

    @Test
    void theLimitIsTheCallersToSet() {
        byte[] picture = file("jpeg 420"); // 43 x 29

        assertThat(DECODER.withMaxPixels(43 * 29).decode(picture, "ok").width()).isEqualTo(43);
        for (String name :
                List.of("jpeg 420", "gif", "webp lossless", "webp lossy 40", "bmp RGB")) {
            assertThatThrownBy(() -> DECODER.withMaxPixels(43 * 29 - 1).decode(file(name), name))
                    .isInstanceOf(ImageDecodeException.class)
                    .hasMessageContaining("43x29 pixels is over the limit of 1246");
        }
        assertThatThrownBy(() -> DECODER.withMaxPixels(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
    }

    @Test
    void damagedPictureDataAreRefused() {
        byte[] jpeg = file("jpeg 420");
        int middle = jpeg.length * 3 / 4;
        byte[] hole = jpeg.clone();
        hole[middle] = (byte) 0xFF;
        hole[middle + 1] = (byte) 0xD9;
        assertThatThrownBy(() -> DECODER.decode(hole, "hole"))
                .isInstanceOf(ImageDecodeException.class);

        byte[] png = file("png color 6 depth 8 interlaced 0");
        png[png.length - 40] ^= 0x55;
        assertThatThrownBy(() -> DECODER.decode(png, "bits"))
                .isInstanceOf(ImageDecodeException.class)
                .hasMessageContaining("damaged");
    }
}
