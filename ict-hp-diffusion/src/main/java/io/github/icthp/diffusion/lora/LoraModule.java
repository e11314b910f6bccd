package io.github.icthp.diffusion.lora;

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
 */
public record LoraModule(
        String name, String down, String up, long rank, LinearShape shape, OptionalDouble alpha) {

    /**
     * Returns what the adapter's product is multiplied by.
     *
     * @return alpha / rank, 1 without an alpha
     */
    public double scale() {
        return alpha.isPresent() ? alpha.getAsDouble() / rank : 1;
    }
}
