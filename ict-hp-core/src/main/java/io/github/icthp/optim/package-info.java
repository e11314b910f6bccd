/** Optimisation of trained tensors: AdamW, learning rates, clipping, accumulation, loss scaling. */
@NullMarked
package io.github.icthp.optim;

import org.jspecify.annotations.NullMarked;
