/**
 * Tables of scores: several generators' pictures by several rewards, with intervals, base against
 * refined prompts, and one generator against another.
 */
@NullMarked
package io.github.icthp.train.evaluation.table;

import org.jspecify.annotations.NullMarked;
