package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.StagedPass;

import java.util.List;

/**
 * One forward pass through a tower, to be made. Shapes: B batch, S tokens, P projection.
 *
 * @param stages from the input to features (B, P): embedding, every layer, and the output
 * @param input pixels (B, 3, I, I), or the ids of texts, int64 (B, S)
 * @param pooled the pooled token of every row, int64 (B)
 */
public record ClipPass(List<ClipStage> stages, NDArray input, NDArray pooled) {

    /**
     * Makes the pass in the mode of the thread.
     *
     * @return features (B, P), projected and not normalized, owned by the innermost scope
     */
    public NDArray features() {
        return StagedPass.through(stages, List.of(input), List.of(pooled)).get(0);
    }

    /**
     * Returns what a staged pass begins with.
     *
     * @param differentiated whether the gradient of the input is wanted
     * @return input and pooled tokens
     */
    public PassInputs inputs(boolean differentiated) {
        return new PassInputs(List.of(input), List.of(pooled), differentiated, false);
    }
}
