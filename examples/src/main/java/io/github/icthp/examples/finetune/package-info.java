/** The verb that fine-tunes a diffusion model by rewards: finetune. */
@NullMarked
package io.github.icthp.examples.finetune;

import org.jspecify.annotations.NullMarked;
