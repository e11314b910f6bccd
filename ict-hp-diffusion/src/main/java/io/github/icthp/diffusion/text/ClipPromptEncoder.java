package io.github.icthp.diffusion.text;

import ai.djl.Device;

import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * A CLIP text encoder with its tokenizer.
 *
 * @param tokenizer turns prompts into ids
 * @param encoder turns ids into embeddings
 */
public record ClipPromptEncoder(ClipTokenizer tokenizer, ClipTextEncoder encoder)
        implements AutoCloseable {

    /**
     * Loads both from a pipeline's folder.
     *
     * @param tokenizer the tokenizer's folder
     * @param encoder the encoder's folder, or the weights file in it
     * @param device where the encoder lives
     * @param type what its weights are converted to
     * @return both, to be closed
     */
    public static ClipPromptEncoder load(Path tokenizer, Path encoder, Device device, DType type) {
        return load(tokenizer, () -> ClipTextEncoder.load(encoder, device, type));
    }

    /**
     * Loads a tokenizer, and an encoder for it.
     *
     * @param tokenizer the tokenizer's folder
     * @param encoder loads the encoder
     * @return both, to be closed
     */
    public static ClipPromptEncoder load(Path tokenizer, Supplier<ClipTextEncoder> encoder) {
        ClipTokenizer loaded = ClipTokenizer.load(tokenizer);
        try {
            return new ClipPromptEncoder(loaded, encoder.get());
        } catch (RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Encodes prompts, each as long as the tokenizer's context.
     *
     * @param prompts a batch of prompts
     * @return the encoded texts, owned by the innermost scope
     */
    public ClipText encode(List<String> prompts) {
        return encoder.encode(tokenizer.tokenize(prompts).ids());
    }

    /** Closes both. */
    @Override
    public void close() {
        encoder.close();
        tokenizer.close();
    }
}
