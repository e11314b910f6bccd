package io.github.icthp.examples.dataset;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.ImageSizeConverter;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Optional;

/** Which diffusion model makes the refined pictures of a data set. */
final class RenderingOptions {

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "an SD3, SD3.5 or FLUX.1 model as diffusers writes it; default: no pictures are"
                            + " made")
    private @Nullable Path model;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "28",
            description = "denoising steps (default ${DEFAULT-VALUE})")
    private int steps;

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description = "guidance scale, 4.5 is usual for SD3.5; default: the model's own")
    private @Nullable Double guidance;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = ImageSizeConverter.class,
            description = "of pictures, in pixels; default: the model's own")
    private @Nullable ImageSize size;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "4",
            description = "pictures made at once (default ${DEFAULT-VALUE})")
    private int batch;

    /** Opens the model that is named. */
    Optional<PipelineRenderer> open(DeviceOptions device) {
        if (model == null) {
            return Optional.empty();
        }
        try {
            DiffusionPipeline pipeline =
                    DiffusionPipeline.builder(model)
                            .device(device.device())
                            .precision(device.precision())
                            .build();
            return Optional.of(
                    new PipelineRenderer(
                            pipeline,
                            model.toAbsolutePath().normalize().getFileName().toString(),
                            steps,
                            guidance,
                            size,
                            batch));
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }
}
