package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

import java.util.Arrays;
import java.util.List;

/** What scorers that read a prompt together with its picture have in common. */
final class PairScores {

    private PairScores() {}

    /** Tokenizes each distinct prompt once: one row a pair. */
    static BertTokens tokens(BertTokenizer tokenizer, List<String> prompts, int length) {
        List<String> distinct = prompts.stream().distinct().toList();
        return tokenizer
                .tokenize(distinct, length)
                .select(prompts.stream().mapToInt(distinct::indexOf).toArray());
    }

    /** One number for each of B pairs: (B) to B rows. */
    static double[][] rows(NDArray values) {
        return Arrays.stream(doubles(values))
                .mapToObj(value -> new double[] {value})
                .toArray(double[][]::new);
    }

    static double[] doubles(NDArray values) {
        float[] floats = Tensors.toFloats(values);
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, b -> floats[b]);
        return doubles;
    }
}
