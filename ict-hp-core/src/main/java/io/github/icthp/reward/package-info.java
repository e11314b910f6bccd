/**
 * The networks behind a score, one class a scorer.
 *
 * <p>A {@link io.github.icthp.reward.RewardDefinition} finds a scorer's files and loads its {@link
 * io.github.icthp.reward.ScoringNetwork}; {@code RewardModel} adds decoding, batching, ordering and
 * the handling of failures, which are the same for all.
 */
@NullMarked
package io.github.icthp.reward;

import org.jspecify.annotations.NullMarked;
