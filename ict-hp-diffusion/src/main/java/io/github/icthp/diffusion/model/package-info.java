/**
 * What SD3 and FLUX transformers have in common: stages with small boundaries, adapters on linear
 * layers, gradients in bounded memory, and the layouts of the models' authors.
 */
@NullMarked
package io.github.icthp.diffusion.model;

import org.jspecify.annotations.NullMarked;
