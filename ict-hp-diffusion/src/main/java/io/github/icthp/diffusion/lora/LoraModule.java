package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.model.LinearShape;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An adapter in a file, not yet read.
 *
 * @param name the layer, as the file calls it
 * @param down name of the tensor lora_A (r, in)
 * @param up name of the tensor lora_B (out, r)
 * @param rank r
 * @param shape the layer's shape
 * @param alpha the alpha stored for it; empty if its scale is 1
 * @param bias name of the tensor that is lora_B's bias (out)
 * @param magnitude name of the tensor of DoRA's magnitudes (out)
 */
public record LoraModule(
        String name,
        String down,
        String up,
        long rank,
        LinearShape shape,
        OptionalDouble alpha,
        Optional<String> bias,
        Optional<String> magnitude) {

    /**
     * Returns what the adapter's product is multiplied by.
     *
     * @return alpha / rank, 1 without an alpha
     */
    public double scale() {
        return alpha.isPresent() ? alpha.getAsDouble() / rank : 1;
    }

    /** Takes the layer's name apart. */
    ModuleName place() {
        return ModuleName.parse(name);
    }
}
