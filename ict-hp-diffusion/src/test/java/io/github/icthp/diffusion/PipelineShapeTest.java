package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

class PipelineShapeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "40 | 32 | multiples of 16, got 40 x 32",
                "0 | 32 | multiples of 16, got 0 x 32",
                "-16 | 32 | multiples of 16, got -16 x 32",
                "1552 | 32 | at most 1536 pixels a side, got 1552 x 32",
                "32 | 2048 | at most 1536 pixels a side, got 32 x 2048"
            })
    void sizesAreRefusedInPixels(int width, int height, String message) {
        PipelineShape shape = new PipelineShape(16, 1536, false, Map.of());
        shape.requireSize(1536, 16);
        assertThatThrownBy(() -> shape.requireSize(width, height))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void theMiniatureKnowsItsShapeBeforeItIsLoaded() {
        try (DiffusionPipeline pipeline = DiffusionPipeline.miniature()) {
            PipelineShape shape = pipeline.parts().shape().orElseThrow();
            assertThat(shape.longestSide()).isEqualTo(Miniature.SIDE);
            assertThat(List.copyOf(shape.linears().keySet()))
                    .isEqualTo(List.copyOf(pipeline.transformer().linears().keySet()));
            assertThatThrownBy(() -> pipeline.requireSize(36, 36))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 32 pixels a side, got 36 x 36");
        }
    }
}
