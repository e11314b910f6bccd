package io.github.icthp.diffusion.text;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import java.util.List;

/**
 * Texts as CLIP encodes them.
 *
 * @param hiddenStates the embeddings, then what each layer made of them, (B, S, D) each
 * @param last the last hidden state, normed, (B, S, D)
 * @param pooled the normed state at the end token, projected where the encoder has a projection:
 *     (B, P) or (B, D)
 */
public record ClipText(List<NDArray> hiddenStates, NDArray last, NDArray pooled) {

    /**
     * Copies the list.
     *
     * @param hiddenStates the embeddings, then what each layer made of them
     * @param last the last hidden state, normed
     * @param pooled the pooled embedding
     */
    public ClipText {
        hiddenStates = List.copyOf(hiddenStates);
    }

    /**
     * Returns the token embeddings that diffusion models take: what the last but one layer made,
     * not normed.
     *
     * @param skip how many layers more to leave out (diffusers' {@code clip_skip})
     * @return (B, S, D)
     * @throws IllegalArgumentException if there are not so many layers
     */
    public NDArray penultimate(int skip) {
        int index = hiddenStates.size() - 2 - skip;
        Preconditions.checkArgument(
                skip >= 0 && index >= 0,
                "ClipText: skip must be in 0..%s, got %s",
                hiddenStates.size() - 2,
                skip);
        return hiddenStates.get(index);
    }
}
