package io.github.icthp.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

class WordPromptEncoderTest {

    private static final int LENGTH = 4;
    private static final int WIDTH = 5;

    private final WordPromptEncoder encoder = new WordPromptEncoder(LENGTH, WIDTH);

    @Test
    void tellsWordsAndPlacesApart() {
        assertThat(tokens("a red star")).isEqualTo(tokens("A red  star.")).hasSize(20);
        assertThat(tokens("red a star")).isNotEqualTo(tokens("a red star"));
        assertThat(tokens("a red star")).isNotEqualTo(tokens("a red ring"));
    }

    @Test
    void leavesTheRestEmpty() {
        assertThat(Arrays.copyOfRange(tokens("a star"), 2 * WIDTH, LENGTH * WIDTH)).containsOnly(0);
        assertThat(tokens("")).containsOnly(0);
        assertThat(tokens("one two three four five")).isEqualTo(tokens("one two three four"));
    }

    @Test
    void poolsWordsWhateverTheirOrder() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    Conditioning both = encoder.encode(List.of("red star", "star red"));
                    assertThat(both.pooled().getShape()).isEqualTo(new Shape(2, WIDTH));
                    float[] pooled = both.pooled().toFloatArray();
                    assertThat(Arrays.copyOfRange(pooled, 0, WIDTH))
                            .isEqualTo(Arrays.copyOfRange(pooled, WIDTH, 2 * WIDTH));
                });
    }

    @Test
    void refusesSizesThatAreNotPositive() {
        assertThatThrownBy(() -> new WordPromptEncoder(0, 3))
                .hasMessageContaining("must be positive, got 0 and 3");
    }

    private float[] tokens(String prompt) {
        return TensorScope.call(
                Devices.tested(), () -> encoder.encode(List.of(prompt)).tokens().toFloatArray());
    }
}
