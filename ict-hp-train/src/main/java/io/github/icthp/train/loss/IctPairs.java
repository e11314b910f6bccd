package io.github.icthp.train.loss;

import ai.djl.ndarray.NDArray;

/**
 * Features of B triplets, un-normalized, and how much of each prompt each image should contain.
 *
 * @param easy (B, P), features of the easy prompts
 * @param refined (B, P), features of the refined prompts
 * @param images (3B, P), features of all rejected images, then all preferred, then all refined
 * @param easyTargets (B, 3): E1, E2, E3
 * @param refinedTargets (B, 3): R1, R2, R3
 */
public record IctPairs(
        NDArray easy,
        NDArray refined,
        NDArray images,
        NDArray easyTargets,
        NDArray refinedTargets) {}
