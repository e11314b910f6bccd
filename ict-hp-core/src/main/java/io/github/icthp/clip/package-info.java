/** CLIP: configurations, text and vision towers, tokenizer and image processor. */
@NullMarked
package io.github.icthp.clip;

import org.jspecify.annotations.NullMarked;
