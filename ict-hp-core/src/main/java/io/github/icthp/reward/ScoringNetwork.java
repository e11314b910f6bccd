package io.github.icthp.reward;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.staged.Stage;

import java.util.List;

/**
 * A loaded scorer: prepared pictures and prompts to numbers. Shapes: U different pictures, B pairs,
 * S picture side.
 *
 * <p>One thread at a time calls {@link #score}, any thread {@link #unreadTokens}; results belong to
 * the thread's innermost {@code TensorScope}.
 */
public interface ScoringNetwork extends AutoCloseable {

    /**
     * Returns where the network runs.
     *
     * @return the device
     */
    Device device();

    /**
     * Scores pairs, without gradients.
     *
     * @param pictures (U, 3, S, S), float32, as the scorer's preparation made them
     * @param picture the row of {@code pictures} that each pair is about
     * @param prompts B prompts
     * @return for each pair the numbers of {@link RewardKind#parts}, B rows
     */
    double[][] score(NDArray pictures, int[] picture, List<String> prompts);

    /**
     * Scores pixels so that gradients reach them, through the same geometry as picture files but
     * without rounding to 8 bits.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1]
     * @param prompts B prompts
     * @return (B), float32
     */
    NDArray reward(NDArray pixels, List<String> prompts);

    /**
     * Returns {@link #reward} in stages, each of which can be differentiated on its own, so that a
     * gradient needs the memory of one.
     *
     * @param prompts B prompts
     * @return stages from pixels (B, 3, H, W) to rewards (B), for the innermost scope; all of it as
     *     one stage where a network overrides nothing
     */
    default List<Stage> stages(List<String> prompts) {
        return List.of((state, context) -> List.of(reward(state.get(0), prompts)));
    }

    /**
     * Compares texts with texts.
     *
     * @param first B prompts
     * @param second B prompts
     * @return B cosines
     * @throws IllegalStateException if the network has no text features of its own
     */
    default double[] promptCosines(List<String> first, List<String> second) {
        throw new IllegalStateException(
                "RewardModel.promptCosines: this model has no text tower; use RewardModel.ict() or"
                        + " RewardModel.clip()");
    }

    /**
     * Returns how much of a prompt is left out because it is longer than the network reads.
     *
     * @param prompt any text
     * @return tokens beyond the network's limit; 0 if it reads the whole prompt, or none at all
     */
    default int unreadTokens(String prompt) {
        return 0;
    }

    /** Frees networks and tokenizer. */
    @Override
    void close();
}
