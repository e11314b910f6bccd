package io.github.icthp.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class PromptExtenderTest {

    private static final Path MODEL = Golden.sample("prompt/generate/model");
    private static final List<String> PROMPTS =
            List.of("a red fox", "an old lighthouse by the sea", "a steam train");

    @Test
    void extendsByTheSeedWhateverLiesBeside() {
        try (PromptExtender extender =
                PromptExtender.load(MODEL, Devices.tested(), DType.FLOAT32)) {
            List<String> together = extender.extend(PROMPTS, new long[] {3, 4, 5});
            assertThat(together).hasSize(3);
            for (int i = 0; i < 3; i++) {
                assertThat(together.get(i)).startsWith(PROMPTS.get(i) + ",");
                assertThat(extender.extend(List.of(PROMPTS.get(i)), new long[] {3 + i}))
                        .containsExactly(together.get(i));
            }
            assertThat(extender.extend(PROMPTS, new long[] {6, 7, 8})).isNotEqualTo(together);
            assertThat(extender.extend(List.of(), new long[0])).isEmpty();
            assertThatThrownBy(() -> extender.extend(PROMPTS, new long[1]))
                    .hasMessageContaining("a seed for each of 3 prompts, got 1");
        }
    }

    @Test
    void leavesLongPromptsAsTheyAre() {
        try (PromptExtender extender =
                PromptExtender.load(MODEL, Devices.tested(), DType.FLOAT32)) {
            String long50 = "a red fox ".repeat(20);
            assertThat(extender.tokens(long50)).isGreaterThan(extender.longest());
            List<String> extended = extender.extend(List.of(long50, "a fox"), new long[] {1, 2});
            assertThat(extended.get(0)).isEqualTo(long50);
            assertThat(extended.get(1)).startsWith("a fox,");
        }
    }

    @Test
    void refusesWhatItCannotGenerate() {
        try (Gpt2Model model = Gpt2Model.load(MODEL, Devices.tested(), DType.FLOAT32)) {
            Decoding decoding = Decoding.promptExtend();
            assertThatThrownBy(() -> model.generate(new long[0][], decoding, new double[0][]))
                    .hasMessageContaining("at least one row");
            assertThatThrownBy(
                            () -> model.generate(new long[][] {{480}}, decoding, new double[0][]))
                    .hasMessageContaining("token id 480 is outside the vocabulary of 480");
            assertThatThrownBy(() -> model.generate(new long[][] {{1}}, decoding, new double[3][1]))
                    .hasMessageContaining("draws for 49 steps, got 3");
            assertThatThrownBy(() -> model.generate(new long[][] {new long[50]}, decoding, null))
                    .hasMessageContaining("got 50 tokens with maxLength 50");
        }
        assertThatThrownBy(() -> new Decoding(true, 0, 0, 1, 1, 0, 0, 50, 0))
                .hasMessageContaining("temperature must be positive and finite, got 0.0");
        assertThatThrownBy(() -> new Decoding(true, 1, 0, Double.NaN, 1, 0, 0, 50, 0))
                .hasMessageContaining("topP");
        assertThatThrownBy(() -> new Decoding(true, 1, 0, 1, 1, 0, 0, 0, 0))
                .hasMessageContaining("got neither");
    }

    @Test
    void saysWhatIsWrongWithFiles(@TempDir Path folder) throws Exception {
        Path config =
                Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"bert\"}");
        assertThatThrownBy(() -> Gpt2Config.read(config))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("got bert");
        Files.writeString(config, "{\"activation_function\": \"relu\"}");
        assertThatThrownBy(() -> Gpt2Config.read(config)).hasMessageContaining("relu");
        assertThatThrownBy(() -> Gpt2Tokenizer.load(folder))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("got neither");
        try (Weights weights = Weights.open(MODEL)) {
            assertThatThrownBy(
                            () ->
                                    Gpt2Model.load(
                                            weights,
                                            Gpt2Config.promptExtend(),
                                            Devices.tested(),
                                            DType.FLOAT32))
                    .isInstanceOf(WeightsMismatchException.class)
                    .hasMessageContaining("h.2.ln_1.weight")
                    .hasMessageContaining("wte.weight expected (52000, 768) got (480, 48)");
        }
    }
}
