package io.github.icthp.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** T5's encoder and tokenizers against transformers. */
class T5ParityTest {

    private static final int PADDED = 64;

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> tokenEmbeddings() {
        return TextCases.models(
                "t5",
                folder -> {
                    try (Run run = new Run(folder, DType.FLOAT32)) {
                        run.io.assertClose(
                                "last_hidden_state",
                                run.encoder.encode(run.io.rows("input_ids")),
                                run.tolerance);
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> firstLayerAndItsBias() {
        return TextCases.models(
                "t5",
                folder -> {
                    try (Run run = new Run(folder, DType.FLOAT32)) {
                        run.io.assertClose("position_bias_24", run.encoder.bias(24), 0);
                        NDArray ids = run.io.get("input_ids");
                        NDArray bias = run.encoder.bias((int) ids.getShape().get(1));
                        if (run.encoder.config().layers() > 1) {
                            // transformers records the last layer's output after the last norm only
                            NDArray x = run.encoder.layer(0, run.encoder.embed(ids), bias);
                            run.io.assertClose("hidden_states.1", x, run.tolerance);
                        }
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> buckets() {
        return TextCases.models(
                "t5",
                folder -> {
                    try (Run run = new Run(folder, DType.FLOAT32)) {
                        T5Config config = run.encoder.config();
                        NDArray found =
                                ClipTextEncoder.PROGRAM.call(
                                        "t5_bucket",
                                        run.io.get("relative_positions"),
                                        config.buckets(),
                                        config.longestDistance());
                        assertThat(found.toLongArray())
                                .containsExactly(run.io.get("relative_buckets").toLongArray());
                    }
                });
    }

    /** Rounding differs between kernels: as far from float32 as PyTorch's own bfloat16 run. */
    @TestFactory
    Stream<DynamicTest> bfloat16() {
        return TextCases.models(
                "t5",
                folder -> {
                    try (Run run = new Run(folder, DType.BFLOAT16)) {
                        NDArray encoded = run.encoder.encode(run.io.rows("input_ids"));
                        assertThat(Tensors.dtype(encoded)).isEqualTo(DType.BFLOAT16);
                        float[] found = Tensors.toFloats(encoded);
                        double rounding =
                                Golden.json(folder.resolve("case.json"))
                                        .get("bf16_relative_l2_to_float32")
                                        .getAsDouble();
                        for (String name : List.of("last_hidden_state", "last_hidden_state.bf16")) {
                            assertThat(relativeL2(found, run.io.floats(name)))
                                    .as(name)
                                    .isLessThan(1.25 * rounding);
                        }
                    }
                });
    }

    @Test
    void tokenIds() {
        Path folder = tokenizer();
        try (T5Tokenizer tokenizer = T5Tokenizer.load(folder)) {
            for (JsonElement row : rows(folder)) {
                JsonObject ids = row.getAsJsonObject();
                String prompt = ids.get("prompt").getAsString();
                assertThat(tokenizer.encode(prompt)).as(prompt).containsExactly(longs(ids, "ids"));
                assertThat(tokenizer.encode(List.of(prompt), PADDED)[0])
                        .as(prompt)
                        .containsExactly(longs(ids, "ids_padded_64"));
            }
        }
    }

    /** From the sentencepiece model alone comes the layout that collapses spaces. */
    @Test
    void tokenIdsWithoutTokenizerJson() throws IOException {
        Path folder = tokenizer();
        Files.delete(folder.resolve("tokenizer.json"));
        try (T5Tokenizer tokenizer = T5Tokenizer.load(folder)) {
            for (JsonElement row : rows(folder)) {
                JsonObject ids = row.getAsJsonObject();
                String prompt = ids.get("prompt").getAsString();
                assertThat(tokenizer.encode(prompt))
                        .as(prompt)
                        .containsExactly(longs(ids, "ids_collapse_spaces"));
            }
        }
    }

    private Path tokenizer() {
        Path folder = Golden.area(TextCases.AREA).resolve("t5_tokenizer");
        return Golden.unpack(folder, temporary.resolve("t5_tokenizer"));
    }

    private static List<JsonElement> rows(Path folder) {
        return Golden.json(folder.resolve("expected.json")).getAsJsonArray("prompts").asList();
    }

    static long[] longs(JsonObject json, String name) {
        return json.getAsJsonArray(name).asList().stream()
                .mapToLong(JsonElement::getAsLong)
                .toArray();
    }

    private static double relativeL2(float[] found, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    private static final class Run implements AutoCloseable {

        final TensorScope scope = TensorScope.open(Devices.tested());
        final Expected io;
        final T5Encoder encoder;
        final double tolerance;

        Run(Path folder, DType type) {
            io = Expected.open(folder.resolve("io.safetensors"));
            encoder = T5Encoder.load(folder.resolve("model"), Devices.tested(), type);
            tolerance = TextCases.tolerance(folder, "last_hidden_state");
        }

        @Override
        public void close() {
            encoder.close();
            io.close();
            scope.close();
        }
    }
}
