/** Fine-tuning problems that are timed; in the optimizer's package to reach its parts. */
@NullMarked
package io.github.icthp.diffusion.draft;

import org.jspecify.annotations.NullMarked;
