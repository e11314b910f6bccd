/**
 * What every training run shares: AdamW, learning rates, clipping, accumulation and loss scaling;
 * the run's folder, checkpoints and exact resume, seeds, metrics, listeners, and the record of how
 * it was made.
 */
@NullMarked
package io.github.icthp.training;

import org.jspecify.annotations.NullMarked;
