package io.github.icthp.diffusion.draft;

import java.nio.file.Path;

/**
 * What came of a DRaFT-K run.
 *
 * @param steps optimiser steps made in all
 * @param reason why it ended: {@code finished}, or what stopped it early
 * @param adapter the last adapter, as diffusers loads it
 * @param best the adapter of the best held-out reward; the last one if nothing was held out
 * @param reward mean reward of the held-out prompts at the end; not a number if none were given
 */
public record DraftKResult(long steps, String reason, Path adapter, Path best, double reward) {}
