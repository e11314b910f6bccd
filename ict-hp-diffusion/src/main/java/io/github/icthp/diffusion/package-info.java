/** Sample diffusion models and fine-tune them by their reward. */
@NullMarked
package io.github.icthp.diffusion;

import org.jspecify.annotations.NullMarked;
