package io.github.icthp.examples.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.TinyPipeline;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/** Styles on the command line, with a tiny SD1.5 pipeline and a tiny adapter. */
class StyleCommandTest {

    private static final Path GOLDEN =
            Path.of("../ict-hp-diffusion/src/test/resources/golden/unet");
    private static final Path AREA = GOLDEN.resolve("ip_adapter");
    private static final String ICT = AREA.resolve("ICT").toString();
    private static final String HP = AREA.resolve("HP").toString();
    private static final String PICTURE = AREA.resolve("sd15_plain/image_0.png").toString();
    private static final String OTHER = AREA.resolve("sd15_plain/image_1.png").toString();
    private static final String ADAPTER =
            AREA.resolve("repository/models/ip-adapter_sd15.bin").toString();

    @TempDir static Path folder;
    private static Path model;

    @BeforeAll
    static void unpack() {
        Path packed = GOLDEN.resolve("pipelines/sd15_tiny/pipeline");
        model = Golden.unpack(packed, folder.resolve("sd15"));
    }

    private static Ran run(String verb, Path model, String... more) {
        String[] always = {
            verb, "--model", model.toString(), "--precision", "fp32", "--prompt", "a cat"
        };
        return Ran.command(Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static Ran generate(String... more) {
        String out = folder.resolve("styled.png").toString();
        String[] size = {"--steps", "1", "--size", "32x24", "--out", out};
        return run(
                "generate",
                model,
                Stream.of(size, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static Map<String, String> notes() {
        return GeneratedImage.readRequest(folder.resolve("styled.png")).notes();
    }

    @Test
    void takesTheStyleOfPicturesAndRecordsIt() {
        Ran ran =
                generate(
                        "--style",
                        PICTURE + "," + OTHER,
                        "--style-adapter",
                        ADAPTER,
                        "--style-scale",
                        "0.5",
                        "--style-blocks",
                        "up.block_1,mid=2");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err()).isEmpty();
        assertThat(notes().get("styles"))
                .contains("ip-adapter_sd15.bin", "image_0.png", "image_1.png")
                .contains("mid=1.0,up.block_1=0.5");
    }

    @Test
    void readsByIctOrHpAndTellsTheShift() {
        String[] same = {"--style", PICTURE, "--style-adapter", ADAPTER, "--style-encoder"};
        for (String which : new String[] {"ict", "hp"}) {
            String weights = which.equals("ict") ? ICT : HP;
            Ran ran = generate(and(same, which, "--" + which, weights));
            assertThat(ran.exit()).as(ran.err()).isZero();
            assertThat(ran.err().lines()).hasSize(1);
            assertThat(ran.err())
                    .startsWith("ict-hp: warning: " + PICTURE)
                    .contains("against the base encoder's: cosine 0.");
            assertThat(notes().get("style shift")).contains(which.toUpperCase(Locale.ROOT));
        }
        Ran own = generate(and(same, AREA.resolve("repository/models/image_encoder").toString()));
        assertThat(own.exit()).as(own.err()).isZero();
        assertThat(own.err()).startsWith("note: ").contains("cosine 1.0000, length 1.0000 times");
        String sample = AREA.resolve("sd15_plain").toString();
        Ran aligned = generate(and(same, "ict", "--ict", ICT, "--style-align", sample));
        assertThat(aligned.exit()).as(aligned.err()).isZero();
        assertThat(notes().get("styles")).contains("\"aligned\":\"true\"");
    }

    @Test
    void saysThatAShiftIsNotKnown() throws IOException {
        Path alone = folder.resolve("alone/ip-adapter_sd15.bin");
        Files.createDirectories(alone.getParent());
        Files.copy(Path.of(ADAPTER), alone);
        String[] same = {"--style", PICTURE, "--style-adapter", alone.toString()};
        Ran ran = generate(and(same, "--style-encoder", "ict", "--ict", ICT));
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err()).contains("is not known", "--style-base DIR");
        Ran none = generate(same);
        assertThat(none.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(none.err()).contains("no image encoder whose features have width 20");
    }

    private static String[] and(String[] options, String... more) {
        return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--style-scale | NaN | finite and at least 0, got NaN",
                "--style-scale | -1 | finite and at least 0, got -1.0",
                "--style-blocks | style | no attention to text at up.block_0.1",
                "--style-blocks | middle | expected all, down, mid, up",
                "--style-encoder | ict | --style-encoder ict needs --ict DIR",
                "--style-encoder | hp | --style-encoder hp needs --hp DIR",
                "--style-encoder | nowhere | nowhere",
                "--ict | ICT | --ict is used by --style-encoder ict alone",
                "--style-base | nowhere | nowhere",
                "--guidance | NaN | must be finite"
            })
    void saysWhatIsWrong(String option, String value, String message) {
        Ran ran = generate("--style", PICTURE, "--style-adapter", ADAPTER, option, value);
        assertThat(ran.err()).contains(message);
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void needsBothPicturesAndAnAdapter() {
        assertThat(generate("--style", PICTURE).err()).contains("--style needs --style-adapter");
        assertThat(generate("--style-adapter", ADAPTER).err())
                .contains("--style-adapter needs --style PICTURE");
        assertThat(generate("--style-scale", "1").err()).contains("need --style PICTURE");
        assertThat(generate("--ict", ICT).err()).contains("need --style PICTURE");
        Ran missing = generate("--style", "no.png", "--style-adapter", ADAPTER);
        assertThat(missing.err()).contains("no.png");
        assertThat(missing.exit()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void modelsOfOtherFamiliesRefuse() {
        Path flux = TinyPipeline.unpack(folder.resolve("flux"));
        String out = folder.resolve("flux.png").toString();
        Ran ran =
                run(
                        "generate",
                        flux,
                        "--steps",
                        "1",
                        "--size",
                        "32x32",
                        "--out",
                        out,
                        "--style",
                        PICTURE,
                        "--style-adapter",
                        ADAPTER);
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("style adapters are for SD1.5, SD2 and SDXL", "FLUX.1");
        Path plus = AREA.resolve("repository/sdxl_models/ip-adapter-plus_sdxl_vit-h.safetensors");
        Ran wrong = generate("--style", PICTURE, "--style-adapter", plus.toString());
        assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("name an adapter of this family");
    }

    @Test
    void drawsAGridOfEncoders() throws IOException {
        Path out = folder.resolve("new/grid.png");
        Ran ran =
                run(
                        "style-grid",
                        model,
                        "--prompt",
                        "a red fox",
                        "--steps",
                        "1",
                        "--size",
                        "32x24",
                        "--style",
                        PICTURE + "," + OTHER,
                        "--style-adapter",
                        ADAPTER,
                        "--ict",
                        ICT,
                        "--hp",
                        HP,
                        "--out",
                        out.toString());
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out().strip()).isEqualTo(out.toString());
        assertThat(ran.err().lines()).hasSize(4).allMatch(line -> line.contains("warning"));
        BufferedImage grid = ImageIO.read(out.toFile());
        // Four columns and four rows of 160 pixels with gaps of 8 and lines of 22.
        assertThat(grid.getWidth()).isEqualTo(8 + 4 * 168);
        assertThat(grid.getHeight()).isEqualTo(22 + 4 * 190);
        Ran nothing = run("style-grid", model, "--style", PICTURE);
        assertThat(nothing.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(nothing.err()).contains("--style needs --style-adapter");
    }
}
