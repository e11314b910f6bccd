package io.github.icthp.examples.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.TinyPipeline;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

class GenerateCommandTest {

    private static final Path ADAPTERS = Path.of("../ict-hp-diffusion/src/test/resources/lora");

    @TempDir static Path folder;
    private static Path model;

    @BeforeAll
    static void unpack() {
        model = TinyPipeline.unpack(folder.resolve("tiny"));
    }

    private static Ran generate(String... more) {
        String[] always = {
            "generate", "--model", model.toString(), "--text-length", "8", "--precision", "fp32"
        };
        return Ran.command(Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void writesPicturesThatSayHowTheyWereMade() throws IOException {
        Path out = folder.resolve("new/pictures");
        Ran ran =
                generate(
                        "--prompt",
                        "A red fox, in the snow!",
                        "--prompt",
                        "🦊",
                        "--count",
                        "2",
                        "--steps",
                        "2",
                        "--size",
                        "48x32",
                        "--seed",
                        "7",
                        "--out",
                        out.toString());
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exit()).isZero();
        List<String> names =
                List.of(
                        "a-red-fox-in-the-snow-7.png",
                        "a-red-fox-in-the-snow-8.png",
                        "picture-9.png",
                        "picture-10.png");
        assertThat(ran.out().lines())
                .containsExactlyElementsOf(
                        names.stream().map(name -> out.resolve(name).toString()).toList());
        GenerationRequest request = GeneratedImage.readRequest(out.resolve(names.get(1)));
        assertThat(request.prompts()).containsExactly("A red fox, in the snow!");
        assertThat(request.seed()).isEqualTo(8);
        assertThat(request.guidance()).hasValue(3.5);
        assertThat(ImageIO.read(out.resolve(names.get(1)).toFile()).getWidth()).isEqualTo(48);
    }

    private static Ran adapted(String adapter) {
        String[] more = {"--prompt", "a cat", "--steps", "1", "--size", "32x32", "--lora"};
        String file = ADAPTERS.resolve(adapter).toString();
        String out = folder.resolve("adapted.png").toString();
        return generate(
                Stream.of(more, new String[] {file, "--out", out})
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    @Test
    void namesWhatOfAnAdapterIsLeftOut() {
        Ran ran = adapted("comfy_diff.safetensors");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err().lines())
                .containsExactly(
                        "ict-hp: warning: "
                                + ADAPTERS.resolve("comfy_diff.safetensors")
                                + ": 2 of its 10 tensors are not applied: 1 .diff, 1 .diff_b");
        assertThat(adapted("bias.safetensors").err()).isEmpty();
        assertThat(adapted("te.safetensors").err()).isEmpty();
        String file = ADAPTERS.resolve("comfy_diff.safetensors").toString();
        Ran inspected = Ran.command("lora", "inspect", file);
        assertThat(inspected.exit()).isZero();
        assertThat(inspected.out()).contains("left out:   ", "attn.norm_q.diff", "to_q.diff_b");
        assertThat(inspected.err()).isEqualTo(ran.err());
        Ran converted =
                Ran.command(
                        "lora",
                        "convert",
                        "--model",
                        model.toString(),
                        "--to",
                        "peft",
                        file,
                        folder.resolve("converted").toString());
        assertThat(converted.exit()).isZero();
        assertThat(converted.err()).isEqualTo(ran.err());
    }

    @Test
    void refusesAdaptersOfOtherKindsByName() {
        for (String kind : List.of("LoKr", "LoHa")) {
            String file = kind.toLowerCase(Locale.ROOT) + ".safetensors";
            for (Ran ran :
                    List.of(
                            adapted(file),
                            Ran.command("lora", "inspect", ADAPTERS.resolve(file).toString()))) {
                assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
                assertThat(ran.err().lines()).hasSize(1);
                assertThat(ran.err()).contains(kind, "merge this adapter into the model");
            }
        }
    }

    @Test
    void makesTheSamePictureOfTheSameSeed() throws IOException {
        String[] same = {"--prompt", "a cat", "--steps", "1", "--size", "32x32", "--out"};
        Path first = folder.resolve("first.png");
        Path second = folder.resolve("second.png");
        assertThat(generate(with(same, first)).exit()).isZero();
        assertThat(generate(with(same, second)).exit()).isZero();
        assertThat(Files.readAllBytes(first)).isEqualTo(Files.readAllBytes(second));
    }

    @Test
    void tilesAndASingleFileTakeTheirPlaces() throws IOException {
        String[] same = {"--prompt", "a cat", "--steps", "1", "--size", "32x32"};
        Path whole = folder.resolve("whole.png");
        Path tiled = folder.resolve("tiled.png");
        Path single = folder.resolve("single.png");
        Path weights = model.resolve("transformer/diffusion_pytorch_model.safetensors");
        assertThat(generate(and(same, "--out", whole.toString())).exit()).isZero();
        String[] tiles = {"--tile", "16", "--tile-overlap", "0.5", "--out", tiled.toString()};
        assertThat(generate(and(same, tiles)).exit()).isZero();
        String[] file = {"--transformer", weights.toString(), "--out", single.toString()};
        assertThat(generate(and(same, file)).exit()).isZero();
        int[] expected = pixels(whole);
        assertThat(pixels(tiled)).isNotEqualTo(expected);
        assertThat(pixels(single)).isEqualTo(expected);
        Path vae = model.resolve("vae/diffusion_pytorch_model.safetensors");
        Ran wrong = generate(and(same, "--transformer", vae.toString()));
        assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("expected the transformer of FLUX.1", "an autoencoder");
    }

    private static int[] pixels(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    private static String[] and(String[] options, String... more) {
        return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static String[] with(String[] options, Path file) {
        return Stream.concat(Stream.of(options), Stream.of(file.toString())).toArray(String[]::new);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--size | 33x32 | multiples of 16, got 33 x 32",
                "--size | big | expected WIDTHxHEIGHT",
                "--steps | 0 | --steps must be at least 1",
                "--count | 0 | must be positive",
                "--batch | 0 | must be positive",
                "--negative | dog | has no effect without classifier-free guidance",
                "--lora | no.file | no.file",
                "--guidance | NaN | must be finite",
                "--lora-scale | 2 | needs --lora FILE",
                "--count | 2147483648 | is not an int",
                "--tile | 12 | must be whole latents, of 8 pixels each",
                "--tile-overlap | 0.5 | --tile-overlap needs --tile N",
                "--transformer | no.file | no.file",
                "--device | gpu:99 | is not there"
            })
    void saysWhatIsWrong(String option, String value, String message) {
        Ran ran = generate("--prompt", "a cat", option, value);
        assertThat(ran.err()).contains(message);
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void needsAModelAndAPrompt() {
        Ran nothing = Ran.command("generate");
        assertThat(nothing.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(nothing.err()).contains("--model", "--prompt");
        Ran nowhere = Ran.command("generate", "--model", "nowhere", "--prompt", "a cat");
        assertThat(nowhere.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(nowhere.err()).contains("model_index.json");
        Ran length =
                Ran.command(
                        "generate",
                        "--model",
                        model.toString(),
                        "--prompt",
                        "a cat",
                        "--text-length",
                        "0");
        assertThat(length.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(length.err()).contains("textLength must be in 1..512");
        Ran many = generate("--prompt", "a", "--count", "2", "--out", "one.png");
        assertThat(many.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(many.err()).contains("one file for 2 pictures");
    }
}
