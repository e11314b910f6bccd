/** The verbs that make and label preference data: build-dataset and label. */
@NullMarked
package io.github.icthp.examples.dataset;

import org.jspecify.annotations.NullMarked;
