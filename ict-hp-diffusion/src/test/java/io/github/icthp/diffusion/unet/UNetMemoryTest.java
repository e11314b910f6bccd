package io.github.icthp.diffusion.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.icthp.diffusion.model.PassMemory;
import io.github.icthp.diffusion.model.PassSize;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

class UNetMemoryTest {

    private static PassMemory memory(UNetConfig config, long pixels) {
        return UNetMemory.of(config, new PassSize(2, pixels, 77, 4, false), path -> false);
    }

    /**
     * What a graph of these UNets keeps in PyTorch, counted by its hooks for saved tensors: latents
     * (2, 4, 64, 64), fused attention, convolutions of 1 x 1 as linear layers, no weights.
     */
    @ParameterizedTest
    @CsvSource({"sd15_like, 56985280", "sdxl_like, 35403328"})
    void countsWhatPytorchKeeps(String name, long counted) {
        Path config = Golden.sample("unet/unet/" + name + "/unet/config.json");
        assertThat(memory(UNetConfig.read(config), 64 * 64).graph())
                .isCloseTo(counted, withinPercentage(5));
    }

    @Test
    void adaptersKeepMore() {
        PassSize size = new PassSize(1, 64 * 64, 77, 2, false);
        long frozen = UNetMemory.of(UNetConfig.sd15(), size, path -> false).graph();
        long attention =
                UNetMemory.of(UNetConfig.sd15(), size, path -> path.contains("attn")).graph();
        long all = UNetMemory.of(UNetConfig.sd15(), size, path -> true).graph();
        assertThat(attention).isGreaterThan(frozen);
        assertThat(all).isGreaterThan(attention);
    }

    @Test
    void oneBlockNeedsLessThanAll() {
        for (UNetConfig config :
                new UNetConfig[] {UNetConfig.sd15(), UNetConfig.sd2(), UNetConfig.sdxl()}) {
            PassMemory memory = memory(config, 64 * 64);
            assertThat(memory.blockwise()).isLessThan(memory.graph() / 2);
            assertThat(memory.passing()).isPositive();
        }
    }
}
