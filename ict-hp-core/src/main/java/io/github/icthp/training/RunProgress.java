package io.github.icthp.training;

import java.time.Duration;

/**
 * How far a run is.
 *
 * @param step steps made
 * @param total steps in all
 * @param itemsPerSecond images or prompts per second of the recent steps
 * @param left time left at that pace
 */
public record RunProgress(long step, long total, double itemsPerSecond, Duration left) {}
