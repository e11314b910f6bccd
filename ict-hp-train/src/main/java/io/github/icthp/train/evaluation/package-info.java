/**
 * How well rewards agree with people: pair accuracy on preference triplets with intervals, error
 * against ICT labels, and the scores of rejected, preferred and refined images.
 */
@NullMarked
package io.github.icthp.train.evaluation;

import org.jspecify.annotations.NullMarked;
