package io.github.icthp.diffusion.text;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.Conditioning;

import java.util.List;
import java.util.Optional;

/**
 * What SD1.5 and SD2 are told of prompts: CLIP's last hidden state, normed (Rombach et al. 2022,
 * section 3.3; diffusers' {@code encode_prompt}). The pooled embedding comes along unused.
 */
public final class SdPromptEncoder implements PromptEncoder {

    private final ClipPromptEncoder clip;
    private final int skip;

    /**
     * Takes an encoder, which then closes with this.
     *
     * @param clip the encoder
     * @param skip layers at the end that are left out for prompts ({@code clip_skip}), not for
     *     negative ones
     * @throws IllegalArgumentException if there are not so many layers
     */
    public SdPromptEncoder(ClipPromptEncoder clip, int skip) {
        int layers = clip.encoder().config().layers().layers();
        Preconditions.checkArgument(
                skip >= 0 && skip <= layers,
                "SdPromptEncoder: clipSkip must be in 0..%s, got %s",
                layers,
                skip);
        this.clip = clip;
        this.skip = skip;
    }

    @Override
    public Conditioning encode(List<String> prompts) {
        return encode(prompts, skip);
    }

    @Override
    public Conditioning encodeNegative(Optional<String> prompt) {
        return encode(List.of(prompt.orElse("")), 0);
    }

    private Conditioning encode(List<String> prompts, int without) {
        ClipText text = clip.encode(prompts);
        List<NDArray> states = text.hiddenStates();
        NDArray tokens =
                without == 0
                        ? text.last()
                        : clip.encoder().normed(states.get(states.size() - 1 - without));
        return new Conditioning(tokens, text.pooled());
    }

    @Override
    public void close() {
        clip.close();
    }
}
