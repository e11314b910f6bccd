package io.github.icthp.blip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.staged.Stage;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A scorer that reads a prompt together with its picture. Shapes: U pictures, B pairs. Each picture
 * and each distinct prompt is prepared once.
 *
 * @param pair the model, which closes with this
 * @param tokenizer its tokenizer, which closes with this
 * @param length how many tokens of a prompt are read
 */
record PairNetwork(PairModel pair, BertTokenizer tokenizer, int length) implements ScoringNetwork {

    @Override
    public Device device() {
        return pair.model().device();
    }

    @Override
    public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
        double[] scores = doubles(score(pair.model().encodeImages(pictures), prompts, picture));
        return Arrays.stream(scores)
                .mapToObj(value -> new double[] {value})
                .toArray(double[][]::new);
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        return score(pair.model().encodeImages(pair.prepare(pixels)), prompts, each(prompts));
    }

    @Override
    public List<Stage> stages(List<String> prompts) {
        return pair.model().stages(pair::prepare, images -> score(images, prompts, each(prompts)));
    }

    private static int[] each(List<String> prompts) {
        return IntStream.range(0, prompts.size()).toArray();
    }

    private NDArray score(NDArray images, List<String> prompts, int... picture) {
        List<String> distinct = prompts.stream().distinct().toList();
        BertTokens texts =
                tokenizer
                        .tokenize(distinct, length)
                        .select(prompts.stream().mapToInt(distinct::indexOf).toArray());
        return pair.score(images, texts, picture);
    }

    @Override
    public double[] promptCosines(List<String> first, List<String> second) {
        return pair.cosines(tokenizer.tokenize(first, length), tokenizer.tokenize(second, length))
                .map(PairNetwork::doubles)
                .orElseGet(() -> ScoringNetwork.super.promptCosines(first, second));
    }

    private static double[] doubles(NDArray values) {
        float[] floats = Tensors.toFloats(values);
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, b -> floats[b]);
        return doubles;
    }

    @Override
    public int unreadTokens(String prompt) {
        return Math.max(0, tokenizer.encode(prompt).length - length);
    }

    @Override
    public void close() {
        pair.close();
        tokenizer.close();
    }
}
