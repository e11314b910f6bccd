package io.github.icthp.diffusion.text;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.Conditioning;

import java.util.List;
import java.util.Optional;

/**
 * What SDXL is told of prompts: the last but one hidden states of two CLIPs side by side, and the
 * second's pooled embedding (Podell et al. 2023, section 2.1; diffusers' {@code encode_prompt}).
 */
public final class SdxlPromptEncoder implements PromptEncoder {

    private final ClipPromptEncoder first;
    private final ClipPromptEncoder second;
    private final int skip;
    private final boolean zeros;

    /**
     * Puts encoders together, which then close with the whole.
     *
     * @param first CLIP ViT-L/14
     * @param second OpenCLIP ViT-bigG/14
     * @param skip layers that are left out for prompts besides the last ({@code clip_skip}), not
     *     for negative ones
     * @param zeros whether zeros stand for a negative prompt that is not given ({@code
     *     force_zeros_for_empty_prompt}); else the empty prompt does
     */
    public SdxlPromptEncoder(
            ClipPromptEncoder first, ClipPromptEncoder second, int skip, boolean zeros) {
        this.first = first;
        this.second = second;
        this.skip = skip;
        this.zeros = zeros;
    }

    @Override
    public Conditioning encode(List<String> prompts) {
        return encode(prompts, prompts, skip);
    }

    /**
     * Encodes prompts that differ between the encoders.
     *
     * @param first what the first CLIP reads
     * @param second what the second CLIP reads
     * @return token and pooled embeddings, owned by the innermost scope
     * @throws IllegalArgumentException if the batches differ in size
     */
    public Conditioning encode(List<String> first, List<String> second) {
        return encode(first, second, skip);
    }

    private Conditioning encode(List<String> forFirst, List<String> forSecond, int without) {
        Preconditions.checkArgument(
                forFirst.size() == forSecond.size(),
                "SdxlPromptEncoder: expected batches of one size, got %s and %s",
                forFirst.size(),
                forSecond.size());
        ClipText one = first.encode(forFirst);
        ClipText two = second.encode(forSecond);
        return new Conditioning(
                ClipTextEncoder.PROGRAM.call(
                        "join", one.penultimate(without), two.penultimate(without)),
                two.pooled());
    }

    @Override
    public Conditioning encodeNegative(Optional<String> prompt) {
        List<String> text = List.of(prompt.orElse(""));
        Conditioning encoded = encode(text, text, 0);
        return prompt.isEmpty() && zeros
                ? new Conditioning(
                        ClipTextEncoder.PROGRAM.call("blank", encoded.tokens()),
                        ClipTextEncoder.PROGRAM.call("blank", encoded.pooled()))
                : encoded;
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
