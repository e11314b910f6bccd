/** The UNet of Stable Diffusion 1.5, 2 and XL. */
@NullMarked
package io.github.icthp.diffusion.unet;

import org.jspecify.annotations.NullMarked;
