package io.github.icthp.diffusion;

import ai.djl.Device;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Parts that tell when configurations are asked for, models loaded and text encoders freed. */
public record RecordedParts(PipelineParts parts, List<String> events) implements PipelineParts {

    @Override
    public String name() {
        return parts.name();
    }

    @Override
    public ModelFamily family() {
        return parts.family();
    }

    @Override
    public Device device() {
        return parts.device();
    }

    @Override
    public DType type() {
        return parts.type();
    }

    @Override
    public Scheduler scheduler() {
        return parts.scheduler();
    }

    @Override
    public int side() {
        return parts.side();
    }

    @Override
    public Optional<Path> folder() {
        events.add("read configurations");
        return parts.folder();
    }

    @Override
    public Optional<PipelineShape> shape() {
        return parts.shape();
    }

    @Override
    public OptionalInt textTokens() {
        return parts.textTokens();
    }

    @Override
    public PromptEncoder loadPromptEncoder() {
        events.add("load text");
        PromptEncoder encoder = parts.loadPromptEncoder();
        return new PromptEncoder() {
            @Override
            public Conditioning encode(List<String> prompts) {
                events.add("encode " + prompts);
                return encoder.encode(prompts);
            }

            @Override
            public void close() {
                events.add("close text");
                encoder.close();
            }
        };
    }

    @Override
    public Denoiser loadTransformer() {
        events.add("load transformer");
        return parts.loadTransformer();
    }

    @Override
    public LatentCodec loadCodec() {
        return parts.loadCodec();
    }
}
