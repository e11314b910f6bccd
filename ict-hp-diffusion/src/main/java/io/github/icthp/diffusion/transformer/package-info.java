/**
 * What SD3 and FLUX transformers have in common: stages with small boundaries, adapters on linear
 * layers, and gradients in bounded memory.
 */
@NullMarked
package io.github.icthp.diffusion.transformer;

import org.jspecify.annotations.NullMarked;
