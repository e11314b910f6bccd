/** The verbs that compare models on a benchmark: evaluate, table and geneval. */
@NullMarked
package io.github.icthp.examples.evaluate;

import org.jspecify.annotations.NullMarked;
