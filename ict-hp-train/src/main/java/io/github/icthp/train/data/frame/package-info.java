/**
 * Reads pickled pandas DataFrames without Python and without executing anything.
 *
 * <p>The classes here take the places of those that a frame's pickle names: {@code NdArray} for a
 * numpy array, {@code Block} for a group of columns of one type, and so on. A name that {@code
 * FrameNames} does not list is refused.
 */
@NullMarked
package io.github.icthp.train.data.frame;

import org.jspecify.annotations.NullMarked;
