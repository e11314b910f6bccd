package io.github.icthp.train.pickhigh;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a build has made.
 *
 * @param folder the data set's folder
 * @param basePrompts how many base prompts there were
 * @param triplets how many triplets are in the data set
 * @param removals how many rows were removed or failed, by reason
 * @param failed how many of these failed: there was no answer or no picture for them
 * @param inputTokens tokens that the language model has read for these rows
 * @param outputTokens tokens that it has written
 * @param theta θ of the labels, if there are labels
 */
public record BuildResult(
        Path folder,
        long basePrompts,
        long triplets,
        Map<String, Long> removals,
        long failed,
        long inputTokens,
        long outputTokens,
        OptionalDouble theta) {

    /**
     * Copies the map.
     *
     * @param folder the data set's folder
     * @param basePrompts how many base prompts there were
     * @param triplets how many triplets are in the data set
     * @param removals how many rows were removed or failed, by reason
     * @param failed how many of these failed: there was no answer or no picture for them
     * @param inputTokens tokens that the language model has read for these rows
     * @param outputTokens tokens that it has written
     * @param theta θ of the labels, if there are labels
     */
    public BuildResult {
        removals = Map.copyOf(removals);
    }
}
