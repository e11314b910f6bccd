package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import java.util.List;

/**
 * What an attention reads beside the text: for each adapter the keys and values of its tokens.
 *
 * @param keys (B, N, C) for each adapter
 * @param values (B, N, C) for each adapter
 * @param scales the strength of each adapter
 */
public record StyleAttention(List<NDArray> keys, List<NDArray> values, List<Double> scales) {

    /** Of an attention that reads text alone. */
    static final StyleAttention NONE = new StyleAttention(List.of(), List.of(), List.of());

    /**
     * Copies the lists.
     *
     * @param keys for each adapter
     * @param values for each adapter
     * @param scales for each adapter
     */
    public StyleAttention {
        keys = List.copyOf(keys);
        values = List.copyOf(values);
        scales = List.copyOf(scales);
    }

    /**
     * Returns the strengths as programs take them.
     *
     * @return one for each adapter
     */
    public double[] strengths() {
        return scales.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
