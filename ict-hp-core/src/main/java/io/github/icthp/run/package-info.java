/**
 * What every training run shares: its folder, checkpoints and exact resume, seeds, metrics,
 * listeners, and the record of how it was made.
 */
@NullMarked
package io.github.icthp.run;

import org.jspecify.annotations.NullMarked;
