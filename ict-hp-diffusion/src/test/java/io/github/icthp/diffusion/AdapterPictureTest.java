package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.lora.UnappliedTensors;
import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;
import io.github.icthp.testing.Golden;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adapter files of many kinds against the pictures that diffusers 0.40.0.dev0 makes with them; the
 * adapters' values are random.
 */
class AdapterPictureTest {

    private static final Path FILES = Path.of("src/test/resources/lora");

    @TempDir Path temporary;
    private final List<String> warnings = new ArrayList<>();

    /** Names, biases, magnitudes, patterns, text encoders. */
    @ParameterizedTest
    @CsvSource({
        "bias.safetensors, bias",
        "comfy_diff.safetensors, plain",
        "default_0.safetensors, plain",
        "te.safetensors, te",
        "kohya_te.safetensors, kohya_te",
        "dora.safetensors, dora",
        "xlabs.safetensors, xlabs",
        "resaved.safetensors, resaved",
        "peft_anchor, peft_anchor"
    })
    void makesThePicturesThatDiffusersMakes(String file, String expected) throws IOException {
        try (DiffusionPipeline pipeline = open("flux_dev_tiny", FILES.resolve(file), 1)) {
            assertSame(picture(pipeline), "expected_" + expected);
        }
    }

    @Test
    void adaptsBothOfSd3sClips() throws IOException {
        try (DiffusionPipeline pipeline =
                open("sd3_tiny", FILES.resolve("sd3_te.safetensors"), 1)) {
            assertThat(pipeline.unapplied().isEmpty()).isTrue();
            assertSame(picture(pipeline), "expected_sd3_te");
        }
    }

    @Test
    void savesPipelinesWithTheAdaptersOfAllParts() throws IOException {
        for (String name : List.of("te", "dora", "bias")) {
            Path saved = temporary.resolve("saved_" + name);
            try (DiffusionPipeline pipeline =
                    open("flux_dev_tiny", FILES.resolve(name + ".safetensors"), 1)) {
                pipeline.save(saved);
            }
            try (DiffusionPipeline again = reading(saved).build()) {
                assertSame(picture(again), "expected_" + name);
            }
        }
    }

    @Test
    void scalesAllPartsAlike() throws IOException {
        byte[] without;
        try (DiffusionPipeline pipeline = builder("flux_dev_tiny").build()) {
            without = picture(pipeline);
        }
        for (String name : List.of("te", "kohya_te", "bias")) {
            Path file = FILES.resolve(name + ".safetensors");
            try (DiffusionPipeline pipeline = open("flux_dev_tiny", file, 0)) {
                assertClose(picture(pipeline), without, name);
            }
        }
    }

    @Test
    void tellsWhatIsNotApplied() {
        Path file = FILES.resolve("comfy_diff.safetensors");
        try (DiffusionPipeline pipeline = open("flux_dev_tiny", file, 1)) {
            UnappliedTensors unapplied = pipeline.unapplied();
            assertThat(unapplied.names())
                    .isEqualTo(
                            Map.of(
                                    Kind.DIFF,
                                    List.of(
                                            "diffusion_model.transformer_blocks.0.attn.norm_q.diff"),
                                    Kind.DIFF_B,
                                    List.of(
                                            "diffusion_model.transformer_blocks.0.attn.to_q.diff_b")));
            assertThat(warnings)
                    .containsExactly(
                            file + ": 2 of its 10 tensors are not applied: 1 .diff, 1 .diff_b");
        }
    }

    @ParameterizedTest
    @CsvSource({"lokr.safetensors, 9 LoKr", "loha.safetensors, 10 LoHa"})
    void refusesOtherKindsByName(String file, String named) {
        assertThatThrownBy(() -> open("flux_dev_tiny", FILES.resolve(file), 1))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(named)
                .hasMessageContaining("merge this adapter into the model");
        assertThat(warnings).isEmpty();
    }

    private DiffusionPipeline open(String model, Path adapter, double scale) {
        return builder(model).lora(adapter, scale).warnings(warnings::add).build();
    }

    private PipelineBuilder builder(String model) {
        Optional<Path> folder =
                Golden.cases("diffusion/pipelines").stream()
                        .filter(path -> path.endsWith(model))
                        .findFirst();
        assumeTrue(folder.isPresent(), model + " is not among these golden cases");
        Path unpacked = temporary.resolve(model);
        if (!Files.isDirectory(unpacked)) {
            Golden.unpack(folder.orElseThrow(), unpacked);
        }
        return reading(unpacked.resolve("pipeline"));
    }

    private static PipelineBuilder reading(Path folder) {
        return DiffusionPipeline.builder(folder).textLength(16).precision(Precision.FP32);
    }

    private static byte[] picture(DiffusionPipeline pipeline) {
        GenerationRequest request =
                GenerationRequest.builder()
                        .prompt("a photo of a cat")
                        .steps(3)
                        .size(64, 64)
                        .seed(5)
                        .build();
        BufferedImage image = pipeline.generate(request).get(0).image();
        ByteBuffer bytes = ByteBuffer.allocate(3 * image.getWidth() * image.getHeight());
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                bytes.put((byte) (rgb >> 16)).put((byte) (rgb >> 8)).put((byte) rgb);
            }
        }
        return bytes.array();
    }

    private static void assertSame(byte[] found, String name) throws IOException {
        byte[] file = Files.readAllBytes(FILES.resolve(name + ".npy"));
        int header = 10 + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
        byte[] expected = new byte[file.length - header];
        System.arraycopy(file, header, expected, 0, expected.length);
        assertClose(found, expected, name);
    }

    /** Equal but for the noise of float32 at the border of two levels. */
    private static void assertClose(byte[] found, byte[] expected, String name) {
        assertThat(found).as(name).hasSameSizeAs(expected);
        int differ = 0;
        for (int i = 0; i < found.length; i++) {
            int difference = Math.abs((found[i] & 0xff) - (expected[i] & 0xff));
            assertThat(difference).as("%s at %s", name, i).isLessThanOrEqualTo(1);
            differ += difference;
        }
        assertThat(differ).as(name).isLessThanOrEqualTo(found.length / 1000);
    }
}
