package io.github.icthp.train.evaluation.geneval;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a run found.
 *
 * @param folder the pictures' folder
 * @param rows each picture's result, in the order of the folder
 * @param damaged pictures that could not be read
 * @param missing pictures and prompts that should be there and are not
 * @param made networks, rules and thresholds, by name
 */
public record GenEvalResult(
        Path folder,
        List<GenEvalRow> rows,
        List<Damaged> damaged,
        List<String> missing,
        Map<String, String> made) {

    /**
     * A picture that could not be read.
     *
     * @param picture its path below the folder
     * @param reason why
     */
    public record Damaged(String picture, String reason) {}

    /**
     * Returns the benchmark's figures.
     *
     * @return the figures of the pictures that could be read
     */
    public GenEvalSummary summary() {
        return GenEvalSummary.of(rows);
    }
}
