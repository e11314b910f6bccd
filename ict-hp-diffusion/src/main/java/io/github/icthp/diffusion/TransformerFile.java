package io.github.icthp.diffusion;

import ai.djl.ndarray.types.Shape;

import com.google.common.collect.Maps;

import io.github.icthp.weights.Quantization;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** A denoiser's weights that take the place of a pipeline's own, checked by names and shapes. */
final class TransformerFile {

    private TransformerFile() {}

    /**
     * Checks a file without reading its values.
     *
     * @param file weights in diffusers' or the authors' layout
     * @param family what it has to be
     * @param folder checks names and shapes
     */
    static void check(Path file, ModelFamily family, FamilyFolder folder) {
        try (Weights weights = Weights.openModel(file)) {
            Quantization.refuse(weights);
            CheckpointKind kind = CheckpointKind.of(weights.names());
            if (!kind.mayBe(family)) {
                throw new WeightsFormatException(
                        String.format(
                                Locale.ROOT,
                                "DiffusionPipeline: expected the %s of %s in %s, got %s",
                                family.denoiser(),
                                family.title(),
                                file,
                                kind.description()));
            }
            folder.check(weights);
        }
    }

    static Map<String, Shape> shapes(Weights weights) {
        return Maps.toMap(weights.names(), name -> weights.info(name).shape());
    }
}
