/** Mask2Former with a Swin backbone: finds objects and their masks in pictures. */
@NullMarked
package io.github.icthp.mask2former;

import org.jspecify.annotations.NullMarked;
