package io.github.icthp.examples;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.PipelineBuilder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Which diffusion model, and how it runs. */
final class PipelineOptions {

    @Option(
            names = "--model",
            paramLabel = "DIR",
            required = true,
            description =
                    "an SD3, SD3.5 or FLUX.1 model: a folder as diffusers writes it, with"
                            + " model_index.json")
    private Path model = Path.of("");

    @Option(
            names = "--text-length",
            paramLabel = "N",
            description = "T5 tokens of a prompt, 1..512; default: 256, and 512 for FLUX.1-dev")
    private @Nullable Integer textLength;

    @Option(names = "--no-t5", description = "leave out SD3's T5, which is its largest part")
    private boolean noT5;

    @Mixin private DeviceOptions device = new DeviceOptions();

    /** Returns the model's folder. */
    Path folder() {
        return model;
    }

    /** Returns where and how it runs. */
    DeviceOptions device() {
        return device;
    }

    /** Opens the model, with more settings. Weights are read when they are needed. */
    DiffusionPipeline open(UnaryOperator<PipelineBuilder> more) {
        PipelineBuilder builder =
                DiffusionPipeline.builder(model)
                        .device(device.device())
                        .precision(device.precision());
        try {
            if (textLength != null) {
                builder.textLength(textLength);
            }
            if (noT5) {
                builder.withoutT5();
            }
            return more.apply(builder).build();
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }
}
