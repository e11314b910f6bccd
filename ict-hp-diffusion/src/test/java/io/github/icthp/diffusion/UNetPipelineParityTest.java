package io.github.icthp.diffusion;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Pipelines of SD1.5 and SDXL against diffusers: what the UNet is told, times, every step, decoded
 * pictures and their bytes. Every run of every case is checked, whatever its schedulers, sizes,
 * prompts and guidance; those with given noise or a second prompt by the sampler alone.
 */
class UNetPipelineParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> pictures() {
        return Golden.cases("unet/pipelines").stream()
                .flatMap(
                        folder ->
                                UNetPipelineCase.all(folder).stream()
                                        .map(run -> test(folder, run)));
    }

    private DynamicTest test(Path folder, UNetPipelineCase run) {
        return DynamicTest.dynamicTest(
                folder.getFileName() + " " + run.name(),
                () -> {
                    Path target = temporary.resolve(folder.getFileName() + run.name());
                    Path pipeline = Golden.unpack(folder.resolve("pipeline"), target);
                    TensorScope.run(
                            Devices.tested(),
                            () -> {
                                try (DiffusionPipeline opened = run.builder(pipeline).build()) {
                                    run.check(opened);
                                }
                            });
                });
    }
}
