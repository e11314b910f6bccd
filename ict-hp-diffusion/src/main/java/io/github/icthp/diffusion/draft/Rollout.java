package io.github.icthp.diffusion.draft;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import java.io.Serializable;

/**
 * What came of one rollout, beside its gradient.
 *
 * @param rewards one for each picture; they need not be finite
 * @param terms the sum over the pictures of each term of a weighted sum, by name
 * @param drift mean square of the difference to the base model's velocities
 */
public record Rollout(
        ImmutableList<Float> rewards, ImmutableMap<String, Double> terms, double drift)
        implements Serializable {}
