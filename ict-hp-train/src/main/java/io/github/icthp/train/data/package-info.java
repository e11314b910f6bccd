/**
 * Preference triplets: reading, checking, labeling, writing and loading them in batches.
 *
 * <p>A {@link io.github.icthp.train.data.PreferenceDataset} gives triplets by row number. {@link
 * io.github.icthp.ImageSource} stands for a picture that may not have been read or drawn yet, so a
 * data set of millions of rows costs no picture memory.
 */
@NullMarked
package io.github.icthp.train.data;

import org.jspecify.annotations.NullMarked;
