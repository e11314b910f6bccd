package io.github.icthp.diffusion.model;

import java.util.List;

/**
 * Memory that a transformer's forward pass needs for the way back, told beforehand.
 *
 * @param blocks what the graph of each block keeps, in bytes, its input among it
 * @param boundary what passes from block to block, in bytes
 * @param passing what a block's computation holds for a moment, in bytes
 * @param modulations shifts, scales and gates of one timestep, in bytes
 */
public record PassMemory(List<Long> blocks, long boundary, long passing, long modulations) {

    /**
     * Copies the list.
     *
     * @param blocks what the graph of each block keeps
     * @param boundary what passes from block to block
     * @param passing what a block's computation holds for a moment
     * @param modulations shifts, scales and gates of one timestep
     */
    public PassMemory {
        blocks = List.copyOf(blocks);
    }

    /**
     * Returns what the graph of a whole pass keeps.
     *
     * @return bytes
     */
    public long graph() {
        return blocks.stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Returns what a pass keeps that is gone back through block by block: all boundaries, and one
     * block's graph.
     *
     * @return bytes
     */
    public long blockwise() {
        long largest = blocks.stream().mapToLong(Long::longValue).max().orElse(0);
        return (blocks.size() + 1) * boundary + largest;
    }
}
