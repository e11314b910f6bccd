/**
 * Reward models for programs written to DJL's interfaces: an engine that {@code Criteria} can name
 * and its translator. Whoever writes to this library uses {@link io.github.icthp.RewardModel}.
 */
@NullMarked
package io.github.icthp.djl;

import org.jspecify.annotations.NullMarked;
