package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Preconditions;

/**
 * The numbers of GenEval's rules. Scores and overlaps are compared in single precision, as the
 * original does: a score of 0.3f is not above a threshold of 0.3.
 *
 * @param threshold objects count whose score is above it
 * @param countingThreshold the same for prompts with tag {@code counting}
 * @param maxObjects the most objects of a class that are kept, the best first
 * @param maxOverlap objects are dropped that overlap a better one of their class by this share of
 *     their union or more; 1 keeps all
 * @param positionThreshold the share of two objects' sizes by which their centers must be apart
 */
public record GenEvalSettings(
        double threshold,
        double countingThreshold,
        int maxObjects,
        double maxOverlap,
        double positionThreshold) {

    /** The numbers of the published benchmark. */
    public static final GenEvalSettings PUBLISHED = new GenEvalSettings(0.3, 0.9, 16, 1.0, 0.1);

    /**
     * Checks the numbers.
     *
     * @param threshold objects count whose score is above it
     * @param countingThreshold the same for prompts with tag {@code counting}
     * @param maxObjects the most objects of a class that are kept
     * @param maxOverlap the overlap from which objects are dropped
     * @param positionThreshold the share of two objects' sizes
     * @throws IllegalArgumentException if one is negative or not a number
     */
    public GenEvalSettings {
        Preconditions.checkArgument(
                threshold >= 0
                        && countingThreshold >= 0
                        && maxOverlap >= 0
                        && positionThreshold >= 0,
                "GenEvalSettings: thresholds must be numbers >= 0, got threshold %s, counting %s,"
                        + " overlap %s, position %s",
                threshold,
                countingThreshold,
                maxOverlap,
                positionThreshold);
        Preconditions.checkArgument(
                maxObjects >= 0,
                "GenEvalSettings: maxObjects must be at least 0, got %s",
                maxObjects);
    }

    /** Returns the threshold for a prompt's objects. */
    float thresholdOf(GenEvalPrompt prompt) {
        return (float) (prompt.tag().equals("counting") ? countingThreshold : threshold);
    }
}
