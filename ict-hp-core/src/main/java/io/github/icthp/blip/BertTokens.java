package io.github.icthp.blip;

import com.google.common.base.Preconditions;

import java.util.Arrays;

/**
 * Texts as BERT reads them: token ids, of which each text's first {@code length} count and the rest
 * is padding that nothing attends to. Immutable.
 */
final class BertTokens {

    private final long[][] ids;
    private final int[] lengths;
    private final int[] untruncated;

    BertTokens(long[][] ids, int[] lengths, int[] untruncated) {
        this.ids = ids;
        this.lengths = lengths;
        this.untruncated = untruncated;
    }

    /**
     * Takes token ids and how many of each row count.
     *
     * @param ids rows of any length
     * @param lengths the number of tokens of each row, 1 to the row's length; all of it has padding
     *     attended to
     * @return the tokens
     * @throws IllegalArgumentException if a length is out of range or there are not as many lengths
     *     as rows
     */
    public static BertTokens of(long[][] ids, int[] lengths) {
        Preconditions.checkArgument(
                ids.length == lengths.length,
                "BertTokens: expected a length for each of %s rows, got %s",
                ids.length,
                lengths.length);
        for (int n = 0; n < lengths.length; n++) {
            Preconditions.checkArgument(
                    lengths[n] > 0 && lengths[n] <= ids[n].length,
                    "BertTokens: row %s has %s ids, got a length of %s",
                    n,
                    ids[n].length,
                    lengths[n]);
        }
        long[][] copy = Arrays.stream(ids).map(long[]::clone).toArray(long[][]::new);
        return new BertTokens(copy, lengths.clone(), lengths.clone());
    }

    /**
     * Returns the number of texts.
     *
     * @return N
     */
    public int size() {
        return ids.length;
    }

    /**
     * Returns how many tokens a text has, the first and last included.
     *
     * @param text number of the text
     * @return tokens that count
     */
    public int length(int text) {
        return lengths[text];
    }

    /**
     * Returns how many tokens a text had before it was cut.
     *
     * @param text number of the text
     * @return more than {@link #length} if it was cut
     */
    public int untruncatedLength(int text) {
        return untruncated[text];
    }

    /**
     * Returns the length of the longest text.
     *
     * @return tokens, 0 without texts
     */
    public int longest() {
        return Arrays.stream(lengths).max().orElse(0);
    }

    /**
     * Returns the token ids.
     *
     * @return a copy, padding included
     */
    public long[][] ids() {
        return Arrays.stream(ids).map(long[]::clone).toArray(long[][]::new);
    }

    /** A token, or the padding behind a row. */
    long id(int text, int position) {
        return position < ids[text].length ? ids[text][position] : 0;
    }

    /**
     * Replaces the first token of every text: {@code [ENC]} is what BLIP's training and its
     * retrieval evaluation put there, where the released matching demo, transformers and
     * ImageReward keep {@code [CLS]}.
     *
     * @param id the token
     * @return the texts with this first token
     */
    public BertTokens startingWith(long id) {
        long[][] copy = ids();
        for (long[] row : copy) {
            row[0] = id;
        }
        return new BertTokens(copy, lengths, untruncated);
    }

    /**
     * Picks texts, in any order and as often as wanted.
     *
     * @param texts numbers of texts
     * @return these texts in this order
     * @throws IndexOutOfBoundsException if there is no such text
     */
    public BertTokens select(int... texts) {
        return new BertTokens(
                Arrays.stream(texts).mapToObj(n -> ids[n]).toArray(long[][]::new),
                Arrays.stream(texts).map(n -> lengths[n]).toArray(),
                Arrays.stream(texts).map(n -> untruncated[n]).toArray());
    }
}
