package io.github.icthp.diffusion.text;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.List;

/** A T5 encoder with its tokenizer. */
public final class T5PromptEncoder implements AutoCloseable {

    private final T5Tokenizer tokenizer;
    private final T5Encoder encoder;

    private T5PromptEncoder(T5Tokenizer tokenizer, T5Encoder encoder) {
        this.tokenizer = tokenizer;
        this.encoder = encoder;
    }

    /**
     * Loads both from a pipeline's folder.
     *
     * @param tokenizer the tokenizer's folder
     * @param encoder the encoder's folder, or the weights file in it
     * @param device where the encoder lives
     * @param type what its weights are converted to
     * @return both, to be closed
     */
    public static T5PromptEncoder load(Path tokenizer, Path encoder, Device device, DType type) {
        T5Tokenizer loaded = T5Tokenizer.load(tokenizer);
        try {
            return new T5PromptEncoder(loaded, T5Encoder.load(encoder, device, type));
        } catch (RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Encodes prompts.
     *
     * @param prompts a batch of prompts
     * @param length tokens a prompt is cut or filled to
     * @return token embeddings (B, length, D), owned by the innermost scope
     */
    public NDArray encode(List<String> prompts, int length) {
        return encoder.encode(tokenizer.encode(prompts, length));
    }

    /** D, the width of token embeddings. */
    int width() {
        return encoder.config().width();
    }

    /** Closes both. */
    @Override
    public void close() {
        encoder.close();
        tokenizer.close();
    }
}
