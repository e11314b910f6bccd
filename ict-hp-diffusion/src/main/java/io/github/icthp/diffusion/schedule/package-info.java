/** Noise levels, timesteps and the steps between them, in plain arithmetic. */
@NullMarked
package io.github.icthp.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
