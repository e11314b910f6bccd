package io.github.icthp.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** CLIP text encoders and the tokenizer pair of SD3 against transformers. */
class ClipTextParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> hiddenStatesAndPooledEmbedding() {
        return TextCases.models("clip_text_model", ClipTextParityTest::check);
    }

    private static void check(Path folder) {
        try (ClipTextEncoder encoder =
                        ClipTextEncoder.load(
                                folder.resolve("model"), Devices.tested(), DType.FLOAT32);
                Expected io = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        ClipText found = encoder.encode(io.rows("input_ids"));
                        assertThat(found.hiddenStates())
                                .hasSize(encoder.config().layers().layers() + 1);
                        double tolerance = TextCases.tolerance(folder, "penultimate");
                        io.assertClose("penultimate", found.penultimate(0), tolerance);
                        for (int i = 0; i < found.hiddenStates().size(); i++) {
                            io.assertClose(
                                    "hidden_states." + i, found.hiddenStates().get(i), tolerance);
                        }
                        io.assertClose(
                                "last_hidden_state",
                                found.last(),
                                TextCases.tolerance(folder, "last_hidden_state"));
                        io.assertClose(
                                "pooled", found.pooled(), TextCases.tolerance(folder, "pooled"));
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer", "tokenizer_2"})
    void tokenIds(String name) {
        Path folder =
                Golden.unpack(
                        Golden.area(TextCases.AREA).resolve("clip_tokenizer"),
                        temporary.resolve(name));
        JsonObject expected = Golden.json(folder.resolve("expected.json"));
        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder.resolve(name))) {
            for (JsonElement row : expected.getAsJsonArray("prompts")) {
                JsonObject ids = row.getAsJsonObject();
                String prompt = ids.get("prompt").getAsString();
                assertThat(tokenizer.tokenize(List.of(prompt)).ids()[0])
                        .as(prompt)
                        .containsExactly(T5ParityTest.longs(ids, name + "_padded"));
            }
        }
    }
}
