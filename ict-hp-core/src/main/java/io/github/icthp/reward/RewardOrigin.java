package io.github.icthp.reward;

import java.util.Map;

/**
 * Where a scorer comes from and what it takes for granted, for the provenance of its scores.
 *
 * @param weights the files of every part, by the part's name
 * @param pictures how pictures become pixels
 * @param prompts how prompts become tokens; empty if no prompt is read
 * @param textLength the tokens of a prompt that are read at most; 0 if no prompt is read
 * @param settings where shape, activation and image settings came from
 * @param assumption what no file said and was assumed, in a sentence; or an empty string
 */
public record RewardOrigin(
        Map<String, String> weights,
        String pictures,
        String prompts,
        int textLength,
        String settings,
        String assumption) {

    /**
     * Copies the map.
     *
     * @param weights the files by part
     * @param pictures how pictures become pixels
     * @param prompts how prompts become tokens
     * @param textLength tokens read at most
     * @param settings where the settings came from
     * @param assumption what was assumed
     */
    public RewardOrigin {
        weights = Map.copyOf(weights);
    }
}
