package io.github.icthp.diffusion.text;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.Conditioning;

import java.util.List;

/**
 * What FLUX.1 is told of prompts (diffusers' {@code encode_prompt}): T5's tokens, and CLIP's pooled
 * embedding without projection.
 */
public final class FluxPromptEncoder implements PromptEncoder {

    /** Tokens of T5 that FLUX.1-dev reads at most; FLUX.1-schnell reads 256. */
    public static final int DEFAULT_LENGTH = 512;

    private final ClipPromptEncoder clip;
    private final T5PromptEncoder t5;
    private final int length;

    /**
     * Puts encoders together, which then close with the whole.
     *
     * @param clip CLIP ViT-L/14 without projection
     * @param t5 T5
     * @param length tokens of T5 that a prompt is cut or filled to
     * @throws IllegalArgumentException if the length is not positive
     */
    public FluxPromptEncoder(ClipPromptEncoder clip, T5PromptEncoder t5, int length) {
        Preconditions.checkArgument(
                length > 0, "FluxPromptEncoder: length must be positive, got %s", length);
        this.clip = clip;
        this.t5 = t5;
        this.length = length;
    }

    @Override
    public Conditioning encode(List<String> prompts) {
        return encode(prompts, prompts);
    }

    /**
     * Encodes prompts that differ from encoder to encoder.
     *
     * @param first what CLIP reads
     * @param second what T5 reads
     * @return token and pooled embeddings, owned by the innermost scope
     * @throws IllegalArgumentException if the batches differ in size
     */
    public Conditioning encode(List<String> first, List<String> second) {
        return new Conditioning(t5.encode(second, length), clip.encode(first).pooled());
    }

    @Override
    public void close() {
        clip.close();
        t5.close();
    }
}
