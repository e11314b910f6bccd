package io.github.icthp.prompt;

import com.google.common.base.Preconditions;

/**
 * How the next token is chosen, with the names and the order of transformers' {@code generate}:
 * repetition penalty, repeated n-grams, least length; then, if tokens are drawn, temperature, top
 * k, top p. Lengths count a row's prompt and the padding before it.
 *
 * @param sample whether tokens are drawn; else the likeliest is taken, of equals the first
 * @param temperature logits are divided by it; positive
 * @param topK only that many of the likeliest tokens may be drawn, and those that equal the last of
 *     them; 0 for all
 * @param topP only the likeliest tokens whose probabilities together reach it may be drawn; 1 for
 *     all
 * @param repetitionPenalty logits of tokens in the row are divided by it if positive, else
 *     multiplied; 1 for none
 * @param noRepeatNgram no group of that many tokens appears twice; 0 for no such rule
 * @param minLength the end token is not chosen in rows shorter than that
 * @param maxLength rows grow to at most that many tokens; 0 for no limit
 * @param maxNewTokens at most that many are generated; 0 for no limit. One of the two limits is set
 */
public record Decoding(
        boolean sample,
        double temperature,
        int topK,
        double topP,
        double repetitionPenalty,
        int noRepeatNgram,
        int minLength,
        int maxLength,
        int maxNewTokens) {

    /**
     * Checks the settings.
     *
     * @param sample whether tokens are drawn; else the likeliest is taken, of equals the first
     * @param temperature logits are divided by it; positive
     * @param topK only that many of the likeliest tokens may be drawn, and those that equal the
     *     last of them; 0 for all
     * @param topP only the likeliest tokens whose probabilities together reach it may be drawn; 1
     *     for all
     * @param repetitionPenalty logits of tokens in the row are divided by it if positive, else
     *     multiplied; 1 for none
     * @param noRepeatNgram no group of that many tokens appears twice; 0 for no such rule
     * @param minLength the end token is not chosen in rows shorter than that
     * @param maxLength rows grow to at most that many tokens; 0 for no limit
     * @param maxNewTokens at most that many are generated; 0 for no limit. One of the two limits is
     *     set
     * @throws IllegalArgumentException if one is out of its range
     */
    public Decoding {
        Preconditions.checkArgument(
                temperature > 0 && temperature < Double.POSITIVE_INFINITY,
                "Decoding: temperature must be positive and finite, got %s",
                temperature);
        Preconditions.checkArgument(topK >= 0, "Decoding: topK must not be negative, got %s", topK);
        Preconditions.checkArgument(
                topP > 0 && topP <= 1, "Decoding: topP must be in (0, 1], got %s", topP);
        Preconditions.checkArgument(
                repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY,
                "Decoding: repetitionPenalty must be positive and finite, got %s",
                repetitionPenalty);
        Preconditions.checkArgument(
                noRepeatNgram >= 0 && minLength >= 0 && maxLength >= 0 && maxNewTokens >= 0,
                "Decoding: noRepeatNgram, minLength, maxLength and maxNewTokens must not be"
                        + " negative, got %s, %s, %s, %s",
                noRepeatNgram,
                minLength,
                maxLength,
                maxNewTokens);
        Preconditions.checkArgument(
                maxLength > 0 || maxNewTokens > 0,
                "Decoding: expected maxLength or maxNewTokens, got neither");
    }

    /**
     * Returns the settings of Prompt-Extend's published call: tokens are drawn among the 50
     * likeliest, to at most 50 tokens with the prompt.
     *
     * @return the settings
     */
    public static Decoding promptExtend() {
        return new Decoding(true, 1, 50, 1, 1, 0, 0, 50, 0);
    }

    /** How many tokens may follow rows of a length. */
    int limit(int length, int positions) {
        int limit = positions - length;
        if (maxLength > 0) {
            limit = Math.min(limit, maxLength - length);
        }
        return maxNewTokens > 0 ? Math.min(limit, maxNewTokens) : limit;
    }
}
