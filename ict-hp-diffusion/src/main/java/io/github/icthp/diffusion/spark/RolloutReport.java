package io.github.icthp.diffusion.spark;

import com.google.common.collect.ImmutableList;

import io.github.icthp.diffusion.draft.Rollout;

import java.io.Serializable;

/**
 * What a rollout tells the driver.
 *
 * @param rollout rewards and the like
 * @param gradients places of the tensors that received a gradient, in the order in which they did:
 *     the gradients' norm is summed in that order
 */
record RolloutReport(Rollout rollout, ImmutableList<Integer> gradients) implements Serializable {}
