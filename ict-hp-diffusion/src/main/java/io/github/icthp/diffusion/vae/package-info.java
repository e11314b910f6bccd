/**
 * Autoencoders between pixels and the latents that diffusion models work on.
 *
 * <p>Shapes, everywhere in this package: B batch, C latent channels, h x w latent size, H x W image
 * size. Pixels are RGB planes of -1..1.
 */
@NullMarked
package io.github.icthp.diffusion.vae;

import org.jspecify.annotations.NullMarked;
