/** The verb that looks into LoRA adapters and converts them: lora. */
@NullMarked
package io.github.icthp.examples.lora;

import org.jspecify.annotations.NullMarked;
