package io.github.icthp.diffusion;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.transformer.DiffusionTransformer;

import java.nio.file.Path;

/**
 * An adapter file that a pipeline puts on its transformer.
 *
 * @param path the file, or a folder that holds one
 * @param scale what the adapters' own scales are multiplied by
 */
record AdapterFile(Path path, double scale) {

    /** Fails early, before anything large is loaded, if this is no adapter file. */
    void check() {
        LoraFile.open(path).close();
    }

    LoraAdapters putOn(DiffusionTransformer transformer) {
        LoraAdapters adapters = LoraAdapters.load(path, transformer);
        try {
            adapters.scale(scale);
            return adapters;
        } catch (RuntimeException e) {
            adapters.close();
            throw e;
        }
    }
}
