package io.github.icthp.diffusion.text;

import ai.djl.ndarray.NDArray;

import com.google.common.base.CharMatcher;
import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Seeds;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A text encoder without weights, for models of few words: every word has a fixed random vector,
 * and so has every place in the prompt. A transformer that is trained with it learns what the
 * vectors mean, as its first layer on tokens is then a table of words.
 *
 * <p>Shapes: tokens (B, L, E), each the sum of its word's and its place's vector, zero beyond the
 * prompt; pooled (B, E), the sum of the words' vectors over the root of their number. Words beyond
 * L are not seen.
 */
public final class WordPromptEncoder implements PromptEncoder {

    private static final Splitter WORDS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();

    private static final CharMatcher KEPT =
            CharMatcher.inRange('a', 'z').or(CharMatcher.anyOf("-"));

    private final int length;
    private final int width;

    /**
     * Makes an encoder.
     *
     * @param length L, the words of a prompt that are seen
     * @param width E, of a word's vector
     * @throws IllegalArgumentException if either is not positive
     */
    public WordPromptEncoder(int length, int width) {
        Preconditions.checkArgument(
                length > 0 && width > 0,
                "WordPromptEncoder: length and width must be positive, got %s and %s",
                length,
                width);
        this.length = length;
        this.width = width;
    }

    @Override
    public Conditioning encode(List<String> prompts) {
        float[] tokens = new float[prompts.size() * length * width];
        float[] pooled = new float[prompts.size() * width];
        for (int b = 0; b < prompts.size(); b++) {
            List<String> words = words(prompts.get(b));
            float share = (float) (1 / Math.sqrt(words.size()));
            for (int i = 0; i < words.size(); i++) {
                float[] word = vector(words.get(i));
                add(word, 1, tokens, (b * length + i) * width);
                add(vector("place " + i), 1, tokens, (b * length + i) * width);
                add(word, share, pooled, b * width);
            }
        }
        NDArray sequence = Tensors.of(tokens, prompts.size(), length, width);
        return new Conditioning(sequence, Tensors.of(pooled, prompts.size(), width));
    }

    private List<String> words(String prompt) {
        return WORDS.splitToStream(prompt.toLowerCase(Locale.ROOT))
                .map(KEPT::retainFrom)
                .limit(length)
                .toList();
    }

    private float[] vector(String name) {
        SplittableRandom random = Seeds.random(0, 0, name);
        float[] values = new float[width];
        for (int i = 0; i < width; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void add(float[] vector, float factor, float[] sums, int from) {
        for (int i = 0; i < vector.length; i++) {
            sums[from + i] += factor * vector[i];
        }
    }

    @Override
    public void close() {}
}
