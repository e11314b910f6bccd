/** CLIP's byte-pair tokenizer, as transformers and as open_clip apply it. */
@NullMarked
package io.github.icthp.tokenizer;

import org.jspecify.annotations.NullMarked;
