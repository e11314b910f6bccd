/** Fine-tuning problems that are timed; in the optimiser's package to reach its parts. */
@NullMarked
package io.github.icthp.diffusion.draft;

import org.jspecify.annotations.NullMarked;
