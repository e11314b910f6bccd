package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

/**
 * What decides which inputs an adapter does not see.
 *
 * <p>The mask is a function of the seed and the element's position, computed in the layer: a step
 * that is computed again, for its gradient or after a resume, drops the same elements. All
 * denoising steps between two changes of the seed share it.
 *
 * @param seed int64 scalar
 * @param keep float32 scalar: the share that is kept; 1 switches dropout off
 */
public record LoraDropout(NDArray seed, NDArray keep) {}
