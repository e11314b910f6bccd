/**
 * A drawn world: endless preference triplets of simple things, drawn by this program, whose truths
 * can be measured in any picture; and the small reward models trained on it.
 *
 * <p>It stands for the real data at a size that a laptop trains on in minutes. Nothing in it comes
 * from elsewhere: no picture, no text and no weight.
 */
@NullMarked
package io.github.icthp.examples.world;

import org.jspecify.annotations.NullMarked;
