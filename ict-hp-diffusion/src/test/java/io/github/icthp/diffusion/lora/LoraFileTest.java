package io.github.icthp.diffusion.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Splitter;

import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class LoraFileTest {

    private static final String LAYER = "transformer.transformer_blocks.0.attn.to_q";

    @TempDir Path temp;
    private final TensorScope scope = TensorScope.open(Devices.tested());

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void saysWhatIsInAFile() {
        Path file = write(adapter(LAYER, 4, 32, 32), Map.of());
        LoraInspection inspection = LoraFile.inspect(file);
        assertThat(inspection.format()).isEqualTo(LoraFormat.DIFFUSERS);
        assertThat(inspection.ranks()).isEqualTo(Map.of(4L, 1L));
        assertThat(inspection.targets()).containsExactly("attn.to_q");
        assertThat(inspection.components()).isEqualTo(Map.of("transformer", 1L));
        assertThat(inspection.types()).containsExactly("F32");
        assertThat(inspection.parameters()).isEqualTo(4 * (32 + 32));
        assertThat(inspection.modules().get(0).scale()).isEqualTo(1);
    }

    @Test
    void listsPartialMatches() {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.putAll(
                adapter("text_encoder.text_model.encoder.layers.0.self_attn.q_proj", 2, 8, 8));
        tensors.put("<token>", Tensors.of(new float[4], 4));
        try (Denoiser transformer = transformer();
                LoraAdapters lora = LoraAdapters.load(write(tensors, Map.of()), transformer)) {
            assertThat(lora.adapters().keySet()).containsExactly("transformer_blocks.0.attn.to_q");
            assertThat(lora.unapplied().all())
                    .containsExactlyInAnyOrder(
                            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight",
                            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_B.weight",
                            "<token>");
            assertThat(lora.unapplied().names().keySet())
                    .containsExactlyInAnyOrder(Kind.TEXT_ENCODER, Kind.EMBEDDING);
        }
    }

    @Test
    void refusesAFileThatWouldChangeNothing() {
        Path file = write(adapter("unet.down_blocks.0.attn.to_q", 2, 32, 32), Map.of());
        try (Denoiser transformer = transformer()) {
            assertThatThrownBy(() -> LoraAdapters.load(file, transformer))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("none of its 1 adapters")
                    .hasMessageContaining("unet.down_blocks.0.attn.to_q");
            assertThat(transformer.adapters()).isEmpty();
        }
    }

    @Test
    void refusesAdaptersThatDoNotFit() {
        Path file = write(adapter(LAYER, 2, 32, 48), Map.of());
        try (Denoiser transformer = transformer()) {
            assertThatThrownBy(() -> LoraAdapters.load(file, transformer))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("attn.to_q is for LinearShape[in=32, out=48]")
                    .hasMessageContaining("LinearShape[in=32, out=32]");
        }
    }

    @Test
    void refusesHalfAnAdapter() {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.remove(LAYER + ".lora_B.weight");
        Path file = write(tensors, Map.of());
        assertThatThrownBy(() -> LoraFile.inspect(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(LAYER + " has only")
                .hasMessageContaining("lora_A.weight");
    }

    @Test
    void dropsScalesOfDoraAsDiffusersDoesAndSaysSo() {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.put(LAYER + ".dora_scale", Tensors.of(new float[32], 32));
        try (Denoiser transformer = transformer();
                LoraAdapters lora = LoraAdapters.load(write(tensors, Map.of()), transformer)) {
            assertThat(lora.unapplied().names())
                    .isEqualTo(Map.of(Kind.DORA, List.of(LAYER + ".dora_scale")));
            assertThat(lora.adapters()).hasSize(1);
        }
    }

    @Test
    void appliesMagnitudesAndDoesNotTrainThem() {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.put(LAYER + ".lora_magnitude_vector", Tensors.of(new float[32], 32));
        try (Denoiser transformer = transformer();
                LoraAdapters lora = LoraAdapters.load(write(tensors, Map.of()), transformer)) {
            assertThat(lora.unapplied().isEmpty()).isTrue();
            assertThatThrownBy(lora::trainables)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("magnitudes can be applied and not trained");
        }
        String metadata = "{\"transformer.lora_alpha\": 2, \"transformer.use_dora\": true}";
        Path without = write(adapter(LAYER, 2, 32, 32), Map.of("lora_adapter_metadata", metadata));
        assertThatThrownBy(() -> LoraFile.inspect(without))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(LAYER + " has no lora_magnitude_vector");
    }

    /** Files of which nothing can be applied, by what makes them so. */
    @ParameterizedTest
    @CsvSource({
        "lora_unet_x.lokr_w1 lora_unet_x.lokr_w2 lora_unet_x.alpha, 3 LoKr",
        "lora_te1_x.hada_w1_a lora_te1_x.hada_w1_b lora_te1_x.alpha, 3 LoHa",
        "base_model.model.x.oft_R.weight, 1 OFT",
        "lora_unet_x.oft_blocks lora_unet_x.alpha, 2 OFT",
        "lora_unet_x.boft_blocks, 1 BOFT",
        "lora_unet_x.a1.weight lora_unet_x.a2.weight lora_unet_x.b1.weight, 3 GLoRA",
        "base_model.model.x.ia3_l, 1 IA3",
        "base_model.model.x.vera_lambda_b, 1 VeRA",
        "lora_unet_x.diff lora_unet_x.diff_b, '1 .diff, 1 .diff_b'",
        "lora_unet_x.w_norm lora_unet_x.b_norm, 2 norms",
        "x.lora_down.weight x.lora_up.weight x.lora_mid.weight, 3 LoCon",
        "<cat>, 1 word embeddings",
        "model.weight, 1 unknown"
    })
    void namesTheKindOfWhatCannotBeApplied(String names, String counts) {
        Map<String, NDArray> tensors = new HashMap<>();
        for (String name : Splitter.on(' ').split(names)) {
            tensors.put(name, Tensors.of(new float[4], 2, 2));
        }
        assertThatThrownBy(() -> LoraFile.inspect(write(tensors, Map.of())))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(
                        "none of its " + tensors.size() + " tensors belongs to a LoRA adapter: ")
                .hasMessageContaining(counts);
    }

    @Test
    void aFileWithoutTensorsIsNoAdapter() {
        assertThatThrownBy(() -> LoraFile.inspect(write(Map.of(), Map.of())))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("holds no tensors");
    }

    @Test
    void oneTensorThatIsNotAppliedIsTold() {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.put("x.diff", Tensors.of(new float[1], 1));
        Path file = write(tensors, Map.of());
        assertThat(LoraFile.inspect(file).others().warning())
                .contains(file + ": 1 of its 3 tensors is not applied: 1 .diff");
    }

    @Test
    void warnsOnceInOneLineWithTheCountsOfEachKind() {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        for (String name :
                List.of("x.diff", "y.diff", "x.diff_b", "x.lokr_w1", "x.alpha", "x.bias", "z")) {
            tensors.put(name, Tensors.of(new float[1], 1));
        }
        Path file = write(tensors, Map.of());
        List<String> lines = new ArrayList<>();
        try (Denoiser transformer = transformer();
                LoraAdapters lora = LoraAdapters.load(file, transformer, 0, lines::add)) {
            assertThat(lora.adapters()).hasSize(1);
        }
        assertThat(lines)
                .containsExactly(
                        file
                                + ": 7 of its 9 tensors are not applied: 1 biases, 2 .diff, 1"
                                + " .diff_b, 2 LoKr, 1 unknown");
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "default_0", "my_adapter"})
    void readsNamesThatHoldTheAdaptersName(String name) {
        Map<String, NDArray> tensors = new HashMap<>();
        tensors.put(LAYER + ".lora_A." + name + ".weight", Tensors.of(new float[64], 2, 32));
        tensors.put(LAYER + ".lora_B." + name + ".weight", Tensors.of(new float[64], 32, 2));
        tensors.put(LAYER + ".lora_B." + name + ".bias", Tensors.of(new float[32], 32));
        LoraModule module = LoraFile.inspect(write(tensors, Map.of())).modules().get(0);
        assertThat(module.name()).isEqualTo(LAYER);
        assertThat(module.bias()).hasValue(LAYER + ".lora_B." + name + ".bias");
        tensors.put(LAYER + ".lora_A.other.weight", Tensors.of(new float[64], 2, 32));
        assertThatThrownBy(() -> LoraFile.inspect(write(tensors, Map.of())))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("one adapter a file");
    }

    /** As re.match(rf"(.*\.)?({key})$", path) does, the path being that inside the model. */
    @ParameterizedTest
    @CsvSource({
        "^transformer_blocks.0.attn.to_q, 6",
        "transformer_blocks.0.attn.to_q, 6",
        "to_q, 6",
        "attn.to_q, 6",
        "'^transformer_blocks\\.\\d+\\.attn\\.to_(q|k)', 6",
        "'(?P<block>transformer_blocks.0).*to_q', 6",
        "^attn.to_q, 2",
        "o_q, 2",
        "to_q$, 6",
        "^transformer.transformer_blocks.0.attn.to_q, 2",
        "transformer_blocks.0.attn, 2"
    })
    void matchesPatternsAsPeftDoes(String pattern, double alpha) {
        String json =
                "{\"KEYr\": 2, \"KEYlora_alpha\": 2, \"KEYrank_pattern\": {\"^x\": 4},"
                        + " \"KEYalpha_pattern\": {\"PATTERN\": 6}}";
        String filled = json.replace("PATTERN", pattern.replace("\\", "\\\\"));
        Path diffusers =
                write(
                        adapter(LAYER, 2, 32, 32),
                        Map.of("lora_adapter_metadata", filled.replace("KEY", "transformer.")));
        assertThat(LoraFile.inspect(diffusers).modules().get(0).alpha()).hasValue(alpha);
        Path bare =
                write(
                        adapter(LAYER.replace("transformer.trans", "trans"), 2, 32, 32),
                        Map.of("lora_adapter_metadata", filled.replace("KEY", "")));
        assertThat(LoraFile.inspect(bare).modules().get(0).alpha()).hasValue(alpha);
        Path peft = temp.resolve("adapter_model.safetensors");
        SafetensorsWriter.write(
                peft,
                adapter(LAYER.replace("transformer.trans", "base_model.model.trans"), 2, 32, 32),
                Map.of());
        writeText("adapter_config.json", filled.replace("KEY", ""));
        assertThat(LoraFile.inspect(peft).modules().get(0).alpha()).hasValue(alpha);
        assertThat(LoraFile.inspect(temp).modules().get(0).alpha()).hasValue(alpha);
    }

    @Test
    void refusesAPatternThatIsNoRegularExpression() {
        String metadata =
                "{\"transformer.lora_alpha\": 2, \"transformer.alpha_pattern\": {\"to_(q\": 4}}";
        Path file = write(adapter(LAYER, 2, 32, 32), Map.of("lora_adapter_metadata", metadata));
        assertThatThrownBy(() -> LoraFile.inspect(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("'to_(q' in the adapter's alpha_pattern");
    }

    @Test
    void leavesAConfigurationToTheFileItDescribes() {
        writeText("adapter_config.json", "{\"lora_alpha\": 64, \"r\": 2}");
        for (String name :
                List.of(
                        "pytorch_lora_weights.safetensors",
                        "other.safetensors",
                        "kohya.safetensors")) {
            Path file = temp.resolve(name);
            SafetensorsWriter.write(file, adapter(LAYER, 2, 32, 32), Map.of());
            assertThat(LoraFile.inspect(file).modules().get(0).scale()).as(name).isEqualTo(1);
        }
    }

    @Test
    void scalesTextEncodersByTheirOwnMetadata() {
        String layer = "text_model.encoder.layers.0.self_attn.q_proj";
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        for (String encoder : List.of("text_encoder.", "text_encoder_2.")) {
            tensors.putAll(adapter(encoder + layer, 2, 8, 8));
        }
        String metadata =
                "{\"transformer.lora_alpha\": 2, \"text_encoder.lora_alpha\": 2,"
                        + " \"text_encoder_2.lora_alpha\": 8, \"text_encoder.alpha_pattern\":"
                        + " {\"^text_model.encoder.*q_proj\": 6}}";
        Path file = write(tensors, Map.of("lora_adapter_metadata", metadata));
        Map<String, Double> scales = new HashMap<>();
        LoraFile.inspect(file).modules().forEach(m -> scales.put(m.name(), m.scale()));
        assertThat(scales)
                .isEqualTo(
                        Map.of(
                                LAYER,
                                1.0,
                                "text_encoder." + layer,
                                3.0,
                                "text_encoder_2." + layer,
                                4.0));
    }

    private void writeText(String name, String text) {
        try {
            Files.writeString(temp.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void refusesAFileWithoutAdapters() {
        Path file = write(Map.of("weight", Tensors.of(new float[4], 2, 2)), Map.of());
        assertThatThrownBy(() -> LoraFile.inspect(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("none of its 1 tensors");
    }

    @Test
    void readsAlphasFromTheHeader() {
        String metadata =
                "{\"transformer.r\": 2, \"transformer.lora_alpha\": 4,"
                        + " \"transformer.alpha_pattern\": {\"to_k\": 6},"
                        + " \"transformer.use_rslora\": false}";
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.putAll(adapter("transformer.transformer_blocks.0.attn.to_k", 2, 32, 32));
        Path file = write(tensors, Map.of("lora_adapter_metadata", metadata));
        Map<String, Double> scales = new HashMap<>();
        LoraFile.inspect(file).modules().forEach(m -> scales.put(m.name(), m.scale()));
        assertThat(scales)
                .isEqualTo(Map.of(LAYER, 2.0, "transformer.transformer_blocks.0.attn.to_k", 3.0));
    }

    @Test
    void scalesByTheRootOfTheRankWhereTheHeaderSaysSo() {
        String metadata = "{\"transformer.lora_alpha\": 4, \"transformer.use_rslora\": true}";
        Path file = write(adapter(LAYER, 4, 32, 32), Map.of("lora_adapter_metadata", metadata));
        assertThat(LoraFile.inspect(file).modules().get(0).scale()).isEqualTo(2);
    }

    /** Adapters from the wild, if they are on this machine: -Ddata.dir names their folder. */
    @ParameterizedTest
    @CsvSource({
        "analog_svd_rank4.safetensors, 192, 4, 0",
        "lora_disney.safetensors, 192, 1, 2",
        "gors_complex.pt, 128, 4, 0",
        "gors_complex.text_encoder.pt, 92, 4, 0"
    })
    void readsRealFiles(String name, int modules, long rank, int others) {
        Path file = Path.of(System.getProperty("data.dir", "data"), "lora", name);
        assumeTrue(Files.exists(file));
        LoraInspection inspection = LoraFile.inspect(file);
        assertThat(inspection.format()).isEqualTo(LoraFormat.NUMBERED);
        assertThat(inspection.modules()).hasSize(modules);
        assertThat(inspection.ranks()).isEqualTo(Map.of(rank, (long) modules));
        assertThat(inspection.others().all()).hasSize(others);
        if (name.endsWith(".safetensors")) {
            assertThat(inspection.components().keySet()).containsExactly("text_encoder", "unet");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void refusesAlphasThatAreNoNumbers(float alpha) {
        Map<String, NDArray> tensors = adapter(LAYER, 2, 32, 32);
        tensors.put(LAYER + ".alpha", Tensors.of(new float[] {alpha}, 1));
        assertThatThrownBy(() -> LoraFile.inspect(write(tensors, Map.of())))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(LAYER + " has alpha " + (double) alpha);
        String metadata = "{\"transformer.lora_alpha\": \"" + alpha + "\"}";
        Path file = write(adapter(LAYER, 2, 32, 32), Map.of("lora_adapter_metadata", metadata));
        assertThatThrownBy(() -> LoraFile.inspect(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected a finite number");
    }

    @Test
    void refusesMatricesThatCannotBeMultiplied() {
        Map<String, NDArray> ranks = adapter(LAYER, 2, 32, 32);
        ranks.put(LAYER + ".lora_B.weight", Tensors.of(new float[32 * 3], 32, 3));
        Map<String, NDArray> kernels = adapter(LAYER, 2, 32, 32);
        kernels.put(LAYER + ".lora_B.weight", Tensors.of(new float[32 * 2 * 9], 32, 2, 3, 3));
        Map<String, NDArray> vectors = adapter(LAYER, 2, 32, 32);
        vectors.put(LAYER + ".lora_A.weight", Tensors.of(new float[64], 64));
        for (Map<String, NDArray> tensors : List.of(ranks, kernels, vectors)) {
            assertThatThrownBy(() -> LoraFile.inspect(write(tensors, Map.of())))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining(LAYER)
                    .hasMessageContaining("cannot be multiplied");
        }
    }

    @Test
    void refusesDamagedFiles() throws IOException {
        Path file = write(adapter(LAYER, 2, 32, 32), Map.of());
        byte[] whole = Files.readAllBytes(file);
        byte[] huge = whole.clone();
        huge[6] = 127;
        for (byte[] damaged :
                List.of(new byte[0], huge, Arrays.copyOf(whole, 50), Arrays.copyOf(whole, 400))) {
            Files.write(file, damaged);
            assertThatThrownBy(() -> LoraFile.inspect(file))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void readsAPlainListOfMatrices() {
        Path file = temp.resolve("list.safetensors");
        Map<String, NDArray> tensors = new HashMap<>();
        List.of("0", "2").forEach(n -> tensors.put(n, Tensors.of(new float[12], 6, 2)));
        List.of("1", "3").forEach(n -> tensors.put(n, Tensors.of(new float[16], 2, 8)));
        SafetensorsWriter.write(file, tensors, Map.of());
        LoraInspection inspection = LoraFile.inspect(file);
        assertThat(inspection.format()).isEqualTo(LoraFormat.NUMBERED);
        assertThat(inspection.modules())
                .extracting(LoraModule::shape)
                .containsExactly(new LinearShape(8, 6), new LinearShape(8, 6));
        try (Denoiser transformer = transformer()) {
            assertThatThrownBy(() -> LoraAdapters.load(file, transformer))
                    .isInstanceOf(WeightsFormatException.class);
        }
    }

    private Denoiser transformer() {
        return LoraCase.transformer(
                Golden.sample("diffusion/lora/sd3").resolve("base/transformer"), false);
    }

    private static Map<String, NDArray> adapter(String layer, int rank, int in, int out) {
        Map<String, NDArray> tensors = new HashMap<>();
        tensors.put(layer + ".lora_A.weight", Tensors.of(new float[rank * in], rank, in));
        tensors.put(layer + ".lora_B.weight", Tensors.of(new float[out * rank], out, rank));
        return tensors;
    }

    private Path write(Map<String, NDArray> tensors, Map<String, String> metadata) {
        Path file = temp.resolve("adapter.safetensors");
        SafetensorsWriter.write(file, tensors, metadata);
        return file;
    }
}
