/**
 * GenEval (Ghosh et al. 2023, arXiv 2310.11513): whether pictures show the objects, counts, colors
 * and positions that their prompts name, as a detector and a color classifier see them.
 */
@NullMarked
package io.github.icthp.train.evaluation.geneval;

import org.jspecify.annotations.NullMarked;
