/**
 * Text encoders of diffusion models: CLIP's, T5's, their tokenizers, and what SD3 and FLUX.1 make
 * of them.
 *
 * <p>Shapes, everywhere in this package: B batch, S tokens, D width.
 */
@NullMarked
package io.github.icthp.diffusion.text;

import org.jspecify.annotations.NullMarked;
