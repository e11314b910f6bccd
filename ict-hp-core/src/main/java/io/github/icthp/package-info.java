/** Score images with ICT (does the image contain the text?), HP (is it good?) and their product. */
@NullMarked
package io.github.icthp;

import org.jspecify.annotations.NullMarked;
