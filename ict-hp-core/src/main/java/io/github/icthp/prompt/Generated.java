package io.github.icthp.prompt;

import java.util.Arrays;

/** What a model generated for a batch of prompts. */
public final class Generated {

    private final long[][] sequences;
    private final int promptLength;
    private final long endToken;
    private final float[] lastLogits;

    Generated(long[][] sequences, int promptLength, long endToken, float[] lastLogits) {
        this.sequences = sequences;
        this.promptLength = promptLength;
        this.endToken = endToken;
        this.lastLogits = lastLogits;
    }

    /**
     * Returns whole rows of one length: padding, prompt, what was generated, padding.
     *
     * @return a new array, a row a prompt
     */
    public long[][] sequences() {
        return Arrays.stream(sequences).map(long[]::clone).toArray(long[][]::new);
    }

    /**
     * Returns what was generated for a prompt.
     *
     * @param row the prompt's number
     * @return the new tokens, with the end token if the row has ended
     */
    public long[] newTokens(int row) {
        long[] all = sequences[row];
        int end = promptLength;
        while (end < all.length && all[end] != endToken) {
            end++;
        }
        return Arrays.copyOfRange(all, promptLength, Math.min(end + 1, all.length));
    }

    /** The raw logits of the last step, (B, V). */
    float[] lastLogits() {
        return lastLogits;
    }
}
