package io.github.icthp.diffusion.model;

import java.util.List;

/**
 * A linear layer of the authors' code.
 *
 * @param name its path there, for example {@code joint_blocks.0.x_block.attn.qkv}
 * @param parts diffusers' paths of the layers that it joins, in the order of its outputs; all but
 *     the last have as many outputs as the transformer is wide
 * @param swapped whether its outputs are shift and scale, which diffusers has the other way round
 */
public record OriginalLayer(String name, List<String> parts, boolean swapped) {

    /**
     * Copies the paths.
     *
     * @param name its path there
     * @param parts diffusers' paths, at least one
     * @param swapped whether its halves change places
     */
    public OriginalLayer {
        parts = List.copyOf(parts);
    }
}
