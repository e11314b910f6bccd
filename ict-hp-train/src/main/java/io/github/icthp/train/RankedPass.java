package io.github.icthp.train;

import io.github.icthp.clip.ClipPass;

/**
 * A tower's pass over images or texts of triplets.
 *
 * @param pass the pass, of k n rows by rank
 * @param ranks k, how many rows each of the n triplets has
 */
record RankedPass(ClipPass pass, int ranks) {}
