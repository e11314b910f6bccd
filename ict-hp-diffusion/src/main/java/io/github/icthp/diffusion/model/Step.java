package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import java.util.List;

/** What is the same for all stages of a transformer in one step. */
public interface Step {

    /**
     * Returns the latents' size.
     *
     * @return rows, then columns
     */
    LatentSize size();

    /**
     * Returns the embedded text. Where adapters are on its embedding, every call computes it.
     *
     * @return (B, L, D)
     */
    NDArray text();

    /**
     * Returns how many text tokens there are.
     *
     * @return L
     */
    long textTokens();

    /**
     * Returns what an attention to text reads beside it.
     *
     * @param attention the attention's path
     * @return keys and values of reference pictures, of no adapter where there are none
     */
    StyleAttention style(String attention);

    /**
     * Returns what tells tokens where they are.
     *
     * @return the tables that the family's stages expect
     */
    List<NDArray> positions();

    /**
     * Returns a stage's modulation.
     *
     * @param stage a stage of the transformer
     * @return its modulation at this step
     */
    Modulation modulation(DenoiserStage stage);
}
