package io.github.icthp.diffusion.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

class StyleScaleTest {

    private static final String FIRST = "up_blocks.0.attentions.0.transformer_blocks.3.attn2";
    private static final String SECOND = "up_blocks.0.attentions.1.transformer_blocks.0.attn2";
    private static final String DOWN = "down_blocks.2.attentions.1.transformer_blocks.9.attn2";
    private static final String MIDDLE = "mid_block.attentions.0.transformer_blocks.0.attn2";

    @Test
    void oneNumberIsForAll() {
        for (String path : List.of(FIRST, SECOND, DOWN, MIDDLE)) {
            assertThat(StyleScale.of(0.6).of(path)).isEqualTo(0.6);
        }
    }

    @Test
    void theLongestNameCountsAndTheRestReadsNothing() {
        StyleScale scale = StyleScale.parse("up=0.5, up.block_0.1=2, mid", 0.5);
        assertThat(scale.of(FIRST)).isEqualTo(0.25);
        assertThat(scale.of(SECOND)).isEqualTo(1);
        assertThat(scale.of(MIDDLE)).isEqualTo(0.5);
        assertThat(scale.of(DOWN)).isZero();
        assertThat(scale).hasToString("mid=0.5,up=0.25,up.block_0.1=1.0");
        assertThat(StyleScale.parse(scale.toString(), 1)).isEqualTo(scale);
    }

    @Test
    void knowsTheBlocksOfInstantStyle() {
        assertThat(StyleScale.style(0.8).blocks()).isEqualTo(Map.of("up.block_0.1", 0.8));
        assertThat(StyleScale.styleAndLayout(1).blocks())
                .isEqualTo(Map.of("up.block_0.1", 1.0, "down.block_2.1", 1.0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "middle | 1 | got 'middle'",
                "up.0 | 1 | got 'up.0'",
                "mid.block_0 | 1 | got 'mid.block_0'",
                "all | NaN | finite and at least 0, got NaN for all",
                "all | -0.5 | got -0.5 for all",
                "up=x | 1 | expected a number after '=', got 'x'",
                "up=-1 | 1 | got -1.0 for up",
                "all | Infinity | got Infinity",
                "up,up=2 | 1 | up is there twice",
                "up, | 1 | got ''"
            })
    void saysWhatIsWrong(String names, double scale, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StyleScale.parse(names, scale))
                .withMessageContaining(message);
    }

    @Test
    void refusesBlocksThatTheUnetLacks() {
        List<String> unet = List.of(FIRST, MIDDLE);
        StyleScale.parse("up.block_0.0,mid,up,all", 1).requireKnown(unet);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StyleScale.parse("down", 1).requireKnown(unet))
                .withMessageContaining("no attention to text at down, only at [mid, up.block_0.0]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StyleScale.style(1).requireKnown(unet))
                .withMessageContaining("style and layout are blocks of SDXL");
    }
}
