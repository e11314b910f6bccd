package io.github.icthp.examples.pretraining;

import java.nio.file.Path;

/**
 * What came of a flow-matching run.
 *
 * @param steps optimizer steps made in all
 * @param transformer the folder of the trained transformer, in diffusers' layout
 * @param loss the last step's loss; NaN if the run had ended before
 * @param heldOutLoss the average weights' loss on held-out pictures; NaN if there were none
 */
public record FlowMatchingResult(long steps, Path transformer, double loss, double heldOutLoss) {}
