package io.github.icthp.training;

/**
 * What an optimizer step did.
 *
 * @param step its number, from 0
 * @param rate the learning rate
 * @param gradientNorm the global norm before clipping, without the loss scale
 * @param clipFactor what clipping multiplied the gradients by, 1 for nothing
 * @param skipped true if scaled gradients overflowed and nothing was moved
 */
public record StepReport(
        long step, double rate, double gradientNorm, double clipFactor, boolean skipped) {}
