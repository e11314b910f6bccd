package io.github.icthp.diffusion.text;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Tensors;

import java.util.Arrays;

/** Rows of token ids as encoders take them. */
final class TokenIds {

    private TokenIds() {}

    /** Returns the ids as a tensor (B, S), after checking them. */
    static NDArray tensor(String operation, long[][] ids, int longest, int vocabulary) {
        Preconditions.checkArgument(ids.length > 0, "%s: expected at least one text", operation);
        int length = ids[0].length;
        for (long[] row : ids) {
            Preconditions.checkArgument(
                    row.length == length && length > 0 && length <= longest,
                    "%s: expected rows of one length in 1..%s, got %s and %s",
                    operation,
                    longest,
                    length,
                    row.length);
            for (long id : row) {
                Preconditions.checkArgument(
                        id >= 0 && id < vocabulary,
                        "%s: token id %s is outside the vocabulary of %s",
                        operation,
                        id,
                        vocabulary);
            }
        }
        long[] flat = Arrays.stream(ids).flatMapToLong(Arrays::stream).toArray();
        return Tensors.of(flat, ids.length, length);
    }
}
