package io.github.icthp.diffusion.model;

/**
 * What a transformer's memory depends on beside its shape.
 *
 * @param batch B, pictures at once
 * @param imageTokens S
 * @param textTokens L
 * @param bytes of one element
 * @param inputsKept whether a graph keeps the inputs of frozen linear layers too, as it does where
 *     they are computed as convolutions: in float32 on a CPU
 */
public record PassSize(
        long batch, long imageTokens, long textTokens, long bytes, boolean inputsKept) {

    /** Scores that a CPU computes as a matrix, in float32, are fewer than this. */
    private static final long COMPOSED = 4_194_304;

    /**
     * Returns bytes of the image tokens of one layer.
     *
     * @param width elements a token
     * @return B S width elements
     */
    public long image(long width) {
        return batch * imageTokens * width * bytes;
    }

    /**
     * Returns bytes of the text tokens of one layer.
     *
     * @param width elements a token
     * @return B L width elements
     */
    public long text(long width) {
        return batch * textTokens * width * bytes;
    }

    /**
     * Returns bytes of all tokens of one layer.
     *
     * @param width elements a token
     * @return B (S + L) width elements
     */
    public long all(long width) {
        return image(width) + text(width);
    }

    /**
     * Returns what a graph keeps of attention among some tokens: queries, keys, values, result, and
     * the scores where they are computed as a matrix.
     *
     * @param values bytes of the values
     * @param tokens how many tokens attend
     * @param heads attention heads
     * @return bytes
     */
    public long attention(long values, long tokens, long heads) {
        long scores = batch * tokens * tokens * heads;
        boolean composed = inputsKept && scores < COMPOSED;
        return 4 * values + (composed ? scores * bytes : batch * tokens * heads * Float.BYTES);
    }
}
