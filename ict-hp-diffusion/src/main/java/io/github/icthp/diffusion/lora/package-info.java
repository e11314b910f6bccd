/** Low-rank adapters on the linear layers of frozen transformers. */
@NullMarked
package io.github.icthp.diffusion.lora;

import org.jspecify.annotations.NullMarked;
