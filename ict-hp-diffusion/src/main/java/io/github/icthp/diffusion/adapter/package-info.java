/** Style injection: IP-Adapter, which lets a UNet's attention read reference pictures. */
@NullMarked
package io.github.icthp.diffusion.adapter;

import org.jspecify.annotations.NullMarked;
