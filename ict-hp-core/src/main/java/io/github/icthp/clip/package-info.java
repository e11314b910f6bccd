/** CLIP: configurations, and text and vision towers. */
@NullMarked
package io.github.icthp.clip;

import org.jspecify.annotations.NullMarked;
