package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.RowGradient;

import java.util.List;
import java.util.Optional;

/**
 * A stage's weights as leaves of its graph.
 *
 * @param names the trained ones' names in checkpoints
 * @param leaves the trained ones, in the same order
 * @param dict all of them, under their names in the stage
 * @param given what the stage is given
 */
record StageLeaves(List<String> names, List<NDArray> leaves, TensorDict dict, StageInput given) {

    /** Hands over the gradients of the leaves, in their order. */
    void give(List<Optional<NDArray>> gradients, Gradients sink) {
        NDArray table = dict.tensors().get(ClipTextTower.TOKEN_EMBEDDING);
        for (int i = 0; i < leaves.size(); i++) {
            String name = names.get(i);
            boolean isTable = leaves.get(i) == table;
            gradients
                    .get(i)
                    .ifPresent(
                            gradient -> {
                                if (isTable) {
                                    NDArray rows = given.rows().orElseThrow();
                                    sink.addRows(name, new RowGradient(rows, gradient));
                                } else {
                                    sink.add(name, gradient);
                                }
                            });
        }
    }
}
