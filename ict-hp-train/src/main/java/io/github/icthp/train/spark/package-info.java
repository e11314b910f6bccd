/**
 * Rewards, labels, score tables and prompt filters over Spark's data sets. A description of the
 * model travels to the executors; each of them loads it once and shares it between its tasks.
 *
 * <p>Spark itself is brought by the cluster: nobody who does not use this package needs it.
 */
@NullMarked
package io.github.icthp.train.spark;

import org.jspecify.annotations.NullMarked;
