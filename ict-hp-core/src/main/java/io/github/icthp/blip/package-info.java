/** BLIP: image-text matching, and ImageReward, which is built on it. */
@NullMarked
package io.github.icthp.blip;

import org.jspecify.annotations.NullMarked;
