package io.github.icthp.tokenizer;

import java.util.Arrays;
import java.util.List;

/**
 * Prompts as a text tower reads them: B rows of S token ids.
 *
 * <p>A row is the start token, the prompt, the end token, then padding. Neither padding nor an
 * attention mask changes a CLIP text feature, which is taken at the first end token and sees only
 * what comes before it; {@link #trimmed()} uses that.
 */
public final class TokenizedPrompts {

    private final long[][] ids;
    private final int[] lengths;
    private final int[] ends;

    private TokenizedPrompts(long[][] ids, int[] lengths, int[] ends) {
        this.ids = ids;
        this.lengths = lengths;
        this.ends = ends;
    }

    /** Cuts or fills whole sequences, which start and end with {@code start} and {@code end}. */
    static TokenizedPrompts of(List<long[]> sequences, int contextLength, long end, long pad) {
        long[][] ids = new long[sequences.size()][];
        int[] lengths = new int[ids.length];
        int[] ends = new int[ids.length];
        for (int row = 0; row < ids.length; row++) {
            long[] full = sequences.get(row);
            lengths[row] = Math.min(full.length, contextLength);
            ids[row] = Arrays.copyOf(full, contextLength);
            Arrays.fill(ids[row], lengths[row], contextLength, pad);
            ids[row][lengths[row] - 1] = end;
            ends[row] = indexOf(ids[row], end);
        }
        return new TokenizedPrompts(ids, lengths, ends);
    }

    private static int indexOf(long[] row, long id) {
        int at = 0;
        while (row[at] != id) {
            at++;
        }
        return at;
    }

    /**
     * Returns the number of prompts.
     *
     * @return B
     */
    public int size() {
        return ids.length;
    }

    /**
     * Returns the length of every row.
     *
     * @return S, or 0 without rows
     */
    public int contextLength() {
        return ids.length == 0 ? 0 : ids[0].length;
    }

    /**
     * Returns the token ids.
     *
     * @return a copy, [B][S]
     */
    public long[][] ids() {
        return Arrays.stream(ids).map(long[]::clone).toArray(long[][]::new);
    }

    /**
     * Returns the token ids, row after row, as an array library takes them.
     *
     * @return a copy, [B*S]
     */
    public long[] flatIds() {
        return Arrays.stream(ids).flatMapToLong(Arrays::stream).toArray();
    }

    /**
     * Returns how many tokens of each row are not padding.
     *
     * @return a copy, [B], each in 2..S
     */
    public int[] lengths() {
        return lengths.clone();
    }

    /**
     * Returns the place of each row's first end token, where CLIP takes its text feature.
     *
     * @return a copy, [B], each in 1..S-1
     */
    public int[] endPositions() {
        return ends.clone();
    }

    /**
     * Returns the attention mask: 1 where a token is, 0 where padding is.
     *
     * @return [B][S]
     */
    public long[][] attentionMask() {
        long[][] mask = new long[ids.length][contextLength()];
        for (int row = 0; row < mask.length; row++) {
            Arrays.fill(mask[row], 0, lengths[row], 1);
        }
        return mask;
    }

    /**
     * Cuts every row behind the batch's furthest first end token.
     *
     * @return the same prompts in rows as short as their features allow
     */
    public TokenizedPrompts trimmed() {
        return cut(Arrays.stream(ends).max().orElse(-1) + 1);
    }

    /**
     * Cuts every row behind the batch's last token, as padding to the longest does.
     *
     * @return the same prompts in rows without common padding
     */
    public TokenizedPrompts unpadded() {
        return cut(Arrays.stream(lengths).max().orElse(0));
    }

    private TokenizedPrompts cut(int length) {
        return new TokenizedPrompts(
                Arrays.stream(ids).map(row -> Arrays.copyOf(row, length)).toArray(long[][]::new),
                Arrays.stream(lengths).map(n -> Math.min(n, length)).toArray(),
                ends);
    }
}
