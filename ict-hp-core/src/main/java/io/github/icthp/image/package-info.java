/**
 * From picture files to what a network reads: decoders, orientation, Pillow's resize, crop and
 * normalization.
 */
@NullMarked
package io.github.icthp.image;

import org.jspecify.annotations.NullMarked;
