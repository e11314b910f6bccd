/** The losses that train ICT and HP. */
@NullMarked
package io.github.icthp.train.loss;

import org.jspecify.annotations.NullMarked;
