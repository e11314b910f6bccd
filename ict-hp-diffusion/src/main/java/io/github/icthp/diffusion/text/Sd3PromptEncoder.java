package io.github.icthp.diffusion.text;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.Conditioning;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What SD3 is told of prompts (Esser et al. 2024, figure 2; diffusers' {@code encode_prompt}): the
 * features of two CLIPs side by side, then T5's tokens; the pooled embedding joins both CLIPs'.
 *
 * <p>Without T5 its tokens are zeros, as the model was trained for.
 */
public final class Sd3PromptEncoder implements PromptEncoder {

    private final ClipPromptEncoder first;
    private final ClipPromptEncoder second;
    private final @Nullable T5PromptEncoder t5;
    private final int tokenWidth;
    private final int length;
    private final int skip;

    private Sd3PromptEncoder(
            ClipPromptEncoder first,
            ClipPromptEncoder second,
            @Nullable T5PromptEncoder t5,
            int tokenWidth,
            Options options) {
        this.first = first;
        this.second = second;
        this.t5 = t5;
        this.tokenWidth = tokenWidth;
        this.length = options.length();
        this.skip = options.skip();
    }

    /**
     * How prompts are encoded.
     *
     * @param length tokens of T5 that a prompt is cut or filled to
     * @param skip layers of CLIP that are left out besides the last ({@code clip_skip})
     */
    public record Options(int length, int skip) {

        /** What diffusers does unless told otherwise: 256 tokens, nothing skipped. */
        public static final Options DEFAULT = new Options(256, 0);

        /**
         * Checks the options.
         *
         * @param length tokens of T5 that a prompt is cut or filled to
         * @param skip layers of CLIP that are left out besides the last
         * @throws IllegalArgumentException if the length is not positive or the skip negative
         */
        public Options {
            Preconditions.checkArgument(
                    length > 0 && skip >= 0,
                    "Sd3PromptEncoder: length must be positive and skip not negative, got %s and"
                            + " %s",
                    length,
                    skip);
        }
    }

    /**
     * Puts encoders together, which then close with the whole.
     *
     * @param first CLIP ViT-L/14
     * @param second OpenCLIP ViT-bigG/14
     * @param t5 T5, whose width is the transformer's token width
     * @param options how prompts are encoded
     * @return the whole
     */
    public static Sd3PromptEncoder of(
            ClipPromptEncoder first,
            ClipPromptEncoder second,
            T5PromptEncoder t5,
            Options options) {
        int width = t5.width();
        return new Sd3PromptEncoder(first, second, t5, width, options);
    }

    /**
     * Puts encoders together, without T5.
     *
     * @param first CLIP ViT-L/14
     * @param second OpenCLIP ViT-bigG/14
     * @param tokenWidth the transformer's token width
     * @param options how prompts are encoded
     * @return the whole
     */
    public static Sd3PromptEncoder withoutT5(
            ClipPromptEncoder first, ClipPromptEncoder second, int tokenWidth, Options options) {
        return new Sd3PromptEncoder(first, second, null, tokenWidth, options);
    }

    @Override
    public Conditioning encode(List<String> prompts) {
        return encode(prompts, prompts, prompts);
    }

    /**
     * Encodes prompts that differ from encoder to encoder.
     *
     * @param first what the first CLIP reads
     * @param second what the second CLIP reads
     * @param third what T5 reads
     * @return token and pooled embeddings, owned by the innermost scope
     * @throws IllegalArgumentException if the batches differ in size
     */
    public Conditioning encode(List<String> first, List<String> second, List<String> third) {
        Preconditions.checkArgument(
                first.size() == second.size() && first.size() == third.size(),
                "Sd3PromptEncoder: expected batches of one size, got %s, %s and %s",
                first.size(),
                second.size(),
                third.size());
        ClipText one = this.first.encode(first);
        ClipText two = this.second.encode(second);
        NDArray features = one.penultimate(skip);
        NDArray tokens =
                t5 == null
                        ? ClipTextEncoder.PROGRAM.call("zeros", features, length, tokenWidth)
                        : t5.encode(third, length);
        return new Conditioning(
                ClipTextEncoder.PROGRAM.call("sd3_tokens", features, two.penultimate(skip), tokens),
                ClipTextEncoder.PROGRAM.call("join", one.pooled(), two.pooled()));
    }

    @Override
    public void close() {
        first.close();
        second.close();
        if (t5 != null) {
            t5.close();
        }
    }
}
