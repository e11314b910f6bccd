package io.github.icthp.diffusion.text;

import io.github.icthp.diffusion.model.Conditioning;

import java.util.List;
import java.util.Optional;

/** The text side of a pipeline: prompts to what its transformer is told. */
public interface PromptEncoder extends AutoCloseable {

    /**
     * Encodes prompts.
     *
     * @param prompts a batch of prompts
     * @return token and pooled embeddings in the batch's order, owned by the innermost scope
     */
    Conditioning encode(List<String> prompts);

    /**
     * Encodes what classifier-free guidance leads away from.
     *
     * @param prompt the negative prompt, if one is given
     * @return embeddings of batch 1, owned by the innermost scope
     */
    default Conditioning encodeNegative(Optional<String> prompt) {
        return encode(List.of(prompt.orElse("")));
    }

    /** Frees encoders and tokenizers. */
    @Override
    void close();
}
