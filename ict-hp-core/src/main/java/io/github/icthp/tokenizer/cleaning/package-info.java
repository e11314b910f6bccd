/**
 * Cleans prompts as ftfy 6.3.1 and open_clip do: broken encodings, HTML references, white space.
 */
@NullMarked
package io.github.icthp.tokenizer.cleaning;

import org.jspecify.annotations.NullMarked;
