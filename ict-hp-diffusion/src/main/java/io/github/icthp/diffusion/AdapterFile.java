package io.github.icthp.diffusion;

import io.github.icthp.diffusion.lora.AdaptableLayers;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.lora.TextEncoderAdapters;
import io.github.icthp.diffusion.lora.UnappliedTensors;
import io.github.icthp.diffusion.model.Denoiser;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An adapter file that a pipeline puts on its transformer and text encoders.
 *
 * @param path the file, or a folder that holds one
 * @param scale what the adapters' own scales are multiplied by
 */
record AdapterFile(Path path, double scale) {

    /**
     * Fails early, before anything large is loaded, if this is no adapter file or nothing in it
     * belongs to the pipeline.
     *
     * @return what in it is not applied
     */
    UnappliedTensors check(AdaptableLayers layers) {
        try (LoraFile file = LoraFile.open(path)) {
            return file.unapplied(layers);
        }
    }

    /** Says whether it has adapters for a part of the pipeline. */
    boolean adapts(String component, AdaptableLayers layers) {
        try (LoraFile file = LoraFile.open(path)) {
            return file.adapts(component, layers);
        }
    }

    /** Reads the adapters of a text encoder. */
    TextEncoderAdapters of(String encoder, AdaptableLayers layers) {
        return TextEncoderAdapters.load(path, encoder, layers, scale);
    }

    /** Puts on a transformer what is for it; empty if the file is for text encoders alone. */
    Optional<LoraAdapters> putOn(Denoiser transformer) {
        if (!adapts("transformer", AdaptableLayers.of(transformer.linears()))) {
            return Optional.empty();
        }
        // What is not applied was named when the pipeline was opened.
        LoraAdapters adapters = LoraAdapters.load(path, transformer, 0, unapplied -> {});
        try {
            adapters.scale(scale);
            return Optional.of(adapters);
        } catch (RuntimeException e) {
            adapters.close();
            throw e;
        }
    }
}
