/** The verbs that train ICT and HP and export their weights: train and export. */
@NullMarked
package io.github.icthp.examples.train;

import org.jspecify.annotations.NullMarked;
