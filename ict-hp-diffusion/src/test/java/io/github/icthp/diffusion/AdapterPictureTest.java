package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.lora.UnappliedTensors;
import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

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
        "xlabs_single.safetensors, xlabs_single",
        "resaved.safetensors, resaved",
        "peft_anchor, peft_anchor"
    })
    void makesThePicturesThatDiffusersMakes(String file, String expected) throws IOException {
        try (DiffusionPipeline pipeline = open("flux_dev_tiny", FILES.resolve(file), 1)) {
            assertSame(picture(pipeline), "expected_" + expected);
        }
    }

    /** The text encoder's layer of te.safetensors in the namings there are. */
    @ParameterizedTest
    @CsvSource({
        "text_encoder.LAYER.q_proj.lora_linear_layer.down.weight, up, false",
        "text_encoder.LAYER.to_q_lora.down.weight, up, false",
        "text_encoder.LAYER.q_proj.lora_A.my_adapter.weight, lora_B, false",
        "base_model.model.LAYER.q_proj.lora_A.weight, lora_B, false",
        "text_encoders.clip_l.transformer.LAYER.q_proj.lora_down.weight, lora_up, false",
        "lora_te_LAYER_q_proj.lora_down.weight, lora_up, true",
        "lora_te1_LAYER_q_proj.lora_down.weight, lora_up, true"
    })
    void findsTextEncodersByAllNamings(String down, String up, boolean flat) throws IOException {
        String layer = "text_model.encoder.layers.0.self_attn";
        String first = down.replace("LAYER", flat ? layer.replace('.', '_') : layer);
        String second = first.replaceFirst("(lora_)?(down|A)(?=\\.[a-z_.]*weight)", up);
        assertThat(second).isNotEqualTo(first);
        Map<String, String> names = new HashMap<>();
        String stored = "text_encoder." + layer + ".q_proj.";
        names.put(stored + "lora_A.weight", first);
        names.put(stored + "lora_B.weight", second);
        Path file = renamed("te.safetensors", name -> names.getOrDefault(name, name));
        try (DiffusionPipeline pipeline = open("flux_dev_tiny", file, 1)) {
            assertThat(pipeline.unapplied().isEmpty()).isTrue();
            assertSame(picture(pipeline), "expected_te");
        }
    }

    @ParameterizedTest
    @CsvSource({"lora_te2_", "lora_te3_", "text_encoder_2.", "text_encoders.t5xxl.transformer."})
    void namesLayersOfOtherTextEncoders(String prefix) throws IOException {
        Path file =
                renamed("te.safetensors", name -> name.replaceFirst("^text_encoder\\.", prefix));
        try (DiffusionPipeline pipeline = open("flux_dev_tiny", file, 1)) {
            assertThat(pipeline.unapplied().names().keySet()).containsExactly(Kind.TEXT_ENCODER);
            assertThat(warnings)
                    .containsExactly(
                            file + ": 2 of its 10 tensors are not applied: 2 text-encoder layers");
            assertSame(picture(pipeline), "expected_plain");
        }
    }

    @Test
    void takesAFileForATextEncoderAlone() throws IOException {
        Path rest = renamed("te.safetensors", name -> name.startsWith("text_") ? "" : name);
        rest = Files.move(rest, temporary.resolve("rest.safetensors"));
        Path text = renamed("te.safetensors", name -> name.startsWith("text_") ? name : "");
        byte[] alone;
        try (DiffusionPipeline pipeline = open("flux_dev_tiny", text, 1)) {
            alone = picture(pipeline);
        }
        assertThat(warnings).isEmpty();
        for (Path other : List.of(FILES.resolve("te.safetensors"), rest)) {
            try (DiffusionPipeline pipeline = open("flux_dev_tiny", other, 1)) {
                assertThat(picture(pipeline)).isNotEqualTo(alone);
            }
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

    /** Writes a file's tensors under other names; those without a name are left out. */
    private Path renamed(String file, UnaryOperator<String> names) {
        Path written = temporary.resolve("renamed.safetensors");
        try (TensorScope scope = TensorScope.open(Device.cpu());
                Weights weights = Weights.open(FILES.resolve(file))) {
            assertThat(scope).isSameAs(TensorScope.current());
            Map<String, NDArray> tensors = new HashMap<>();
            for (String name : weights.names()) {
                String other = names.apply(name);
                if (!other.isEmpty()) {
                    tensors.put(other, TensorReader.read(weights, name));
                }
            }
            SafetensorsWriter.write(written, tensors, Map.of());
        }
        return written;
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
