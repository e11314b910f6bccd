package io.github.icthp.examples.options;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;

import java.nio.file.Path;
import java.util.Map;

/** Transformers that are known by name. */
public enum Architecture {
    SD35_LARGE("sd3.5-large"),
    SD35_MEDIUM("sd3.5-medium"),
    SD3_MEDIUM("sd3-medium"),
    FLUX1_DEV("flux.1-dev"),
    FLUX1_SCHNELL("flux.1-schnell");

    private final String spelling;

    Architecture(String spelling) {
        this.spelling = spelling;
    }

    /** How people write it, and picocli reads it. */
    @Override
    public String toString() {
        return spelling;
    }

    /** Returns the linear layers that may be adapted, by path. */
    public Map<String, LinearShape> linears() {
        return switch (this) {
            case SD35_LARGE -> Sd3Transformer.linears(Sd3Config.large());
            case SD35_MEDIUM -> Sd3Transformer.linears(Sd3Config.medium());
            case SD3_MEDIUM -> Sd3Transformer.linears(Sd3Config.sd3Medium());
            case FLUX1_DEV -> FluxTransformer.linears(FluxConfig.dev());
            case FLUX1_SCHNELL -> FluxTransformer.linears(FluxConfig.schnell());
        };
    }

    /** Returns those of a model in a folder, without its weights. */
    public static Map<String, LinearShape> linears(Path folder) {
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(folder)) {
            return pipeline.parts().shape().orElseThrow().linears();
        }
    }
}
