package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import java.util.List;

/**
 * Shifts, scales and gates of a stage.
 *
 * @param parts for each of the stage's streams (T, B, parts, D)
 * @param step which of the T steps is meant
 */
public record Modulation(List<NDArray> parts, int step) {}
