package io.github.icthp.diffusion.text;

import io.github.icthp.diffusion.model.Conditioning;

import java.util.List;

/** The text side of a pipeline: prompts to what its transformer is told. */
public interface PromptEncoder extends AutoCloseable {

    /**
     * Encodes prompts.
     *
     * @param prompts a batch of prompts
     * @return token and pooled embeddings in the batch's order, owned by the innermost scope
     */
    Conditioning encode(List<String> prompts);

    /** Frees encoders and tokenizers. */
    @Override
    void close();
}
