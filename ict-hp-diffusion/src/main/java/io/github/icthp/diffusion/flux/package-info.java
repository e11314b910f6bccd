/** The rectified flow transformer of FLUX.1. */
@NullMarked
package io.github.icthp.diffusion.flux;

import org.jspecify.annotations.NullMarked;
