/** The verbs that score pictures: score, spark-score and sample. */
@NullMarked
package io.github.icthp.examples.score;

import org.jspecify.annotations.NullMarked;
