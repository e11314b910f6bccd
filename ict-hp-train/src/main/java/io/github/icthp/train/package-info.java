/** Train the ICT and HP reward models from preference triplets. */
@NullMarked
package io.github.icthp.train;

import org.jspecify.annotations.NullMarked;
