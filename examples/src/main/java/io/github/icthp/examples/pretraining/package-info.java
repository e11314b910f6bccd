/**
 * Training of small transformers by rectified-flow matching (Liu et al. 2022, arXiv 2209.03003;
 * Esser et al. 2024, arXiv 2403.03206).
 */
@NullMarked
package io.github.icthp.examples.pretraining;

import org.jspecify.annotations.NullMarked;
