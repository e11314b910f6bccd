/** The multimodal diffusion transformer of SD3 and SD3.5. */
@NullMarked
package io.github.icthp.diffusion.sd3;

import org.jspecify.annotations.NullMarked;
