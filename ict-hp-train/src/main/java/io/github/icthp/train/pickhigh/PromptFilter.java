package io.github.icthp.train.pickhigh;

import com.google.common.base.Preconditions;

import io.github.icthp.tokenizer.ClipTokenizer;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What of the steps of {@link PickHighBuild} judges a prompt by itself: whether it can be a base
 * prompt, and whether it holds a word of the list.
 */
public final class PromptFilter implements AutoCloseable {

    private final int longest;
    private final WordList words;
    private final ClipTokenizer tokenizer = ClipTokenizer.bundled();

    private PromptFilter(int longest, WordList words) {
        this.longest = longest;
        this.words = words;
    }

    /**
     * Makes a filter with this library's list of words.
     *
     * @param longest CLIP tokens of a base prompt at most
     * @return the filter, to be closed
     * @throws IllegalArgumentException if it is less than 1
     */
    public static PromptFilter of(int longest) {
        return of(longest, Optional.empty());
    }

    /**
     * Makes a filter.
     *
     * @param longest CLIP tokens of a base prompt at most
     * @param words a folder with {@code words.txt}, one word a line, in place of this library's
     * @return the filter, to be closed
     * @throws IllegalArgumentException if it is less than 1
     */
    public static PromptFilter of(int longest, Optional<Path> words) {
        Preconditions.checkArgument(
                longest >= 1, "PromptFilter: expected at least 1 token, got %s", longest);
        return new PromptFilter(longest, WordList.of(words));
    }

    /**
     * Says why a prompt is no base prompt.
     *
     * @param prompt the text
     * @return the reason; empty if it can be one
     */
    public Optional<String> reason(@Nullable String prompt) {
        String cleaned = prompt == null ? "" : BasePrompts.cleaned(prompt);
        if (cleaned.isEmpty()) {
            return Optional.of("empty");
        } else if (!BasePrompts.latin(cleaned)) {
            return Optional.of("not in Latin letters");
        }
        int tokens = tokenizer.encode(cleaned).length - 2;
        if (tokens > longest) {
            return Optional.of(tokens + " tokens, of at most " + longest);
        }
        return words.find(cleaned).map(word -> "\"" + word + "\" is on the list of words");
    }

    /**
     * Returns a prompt as later steps see it.
     *
     * @param prompt the text
     * @return the text with single spaces alone
     */
    public static String cleaned(String prompt) {
        return BasePrompts.cleaned(prompt);
    }

    /**
     * Returns what prompts have in common that differ in case and punctuation alone.
     *
     * @param prompt the text
     * @return a hash
     */
    public static long key(String prompt) {
        return BasePrompts.hash(BasePrompts.cleaned(prompt));
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
