package io.github.icthp.diffusion;

import ai.djl.ndarray.types.Shape;

import com.google.common.collect.Maps;

import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxOriginalLayout;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3OriginalLayout;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.weights.Quantization;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** A transformer's weights that take the place of a pipeline's own, checked by names and shapes. */
final class TransformerFile {

    private TransformerFile() {}

    /**
     * Checks a file without reading its values.
     *
     * @param file weights in diffusers' or the authors' layout
     * @param family what it has to be
     * @param config the transformer's configuration
     */
    static void check(Path file, ModelFamily family, Path config) {
        try (Weights weights = Weights.openModel(file)) {
            Quantization.refuse(weights);
            CheckpointKind kind = CheckpointKind.of(weights.names());
            if (!kind.mayBe(family)) {
                throw new WeightsFormatException(
                        String.format(
                                Locale.ROOT,
                                "DiffusionPipeline: expected the transformer of %s in %s, got %s",
                                family.title(),
                                file,
                                kind.description()));
            }
            switch (family) {
                case SD3 -> {
                    Weights named = Sd3OriginalLayout.translate(weights);
                    Sd3Transformer.check(Sd3Config.read(config), shapes(named), named.source());
                }
                case FLUX -> {
                    Weights named = FluxOriginalLayout.translate(weights);
                    FluxTransformer.check(FluxConfig.read(config), shapes(named), named.source());
                }
            }
        }
    }

    private static Map<String, Shape> shapes(Weights weights) {
        return Maps.toMap(weights.names(), name -> weights.info(name).shape());
    }
}
