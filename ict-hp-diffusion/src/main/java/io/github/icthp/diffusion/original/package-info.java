/**
 * The layouts of the models' authors: what their code calls a layer, and which of diffusers' it is.
 * One table serves weights and adapters.
 */
@NullMarked
package io.github.icthp.diffusion.original;

import org.jspecify.annotations.NullMarked;
