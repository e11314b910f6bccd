package io.github.icthp;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Scores batches of prepared pictures on the model's lane. Shapes: B pairs, S picture side. */
final class Scorer implements AutoCloseable {

    private final List<String> parts;
    private final ScoringNetwork network;
    private final int side;
    private final InferenceExecutor lane = new InferenceExecutor("ict-hp-scorer");

    /**
     * Makes a scorer.
     *
     * @param parts the names of the network's numbers
     * @param network closed with this
     * @param side S
     */
    Scorer(List<String> parts, ScoringNetwork network, int side) {
        this.parts = parts;
        this.network = network;
        this.side = side;
    }

    /**
     * Starts scoring pictures for their prompts.
     *
     * @param pictures B prepared pictures of 3·S·S values; one that is there more than once is
     *     computed once
     * @param prompts B prompts
     * @return for each pair, in order, the network's numbers
     */
    CompletableFuture<double[][]> start(List<ByteBuffer> pictures, List<String> prompts) {
        return lane.start(
                () -> Autograd.in(Autograd.Mode.INFERENCE, () -> compute(pictures, prompts)));
    }

    private double[][] compute(List<ByteBuffer> pictures, List<String> prompts) {
        List<ByteBuffer> distinct = new ArrayList<>();
        int[] numbers = number(pictures, distinct);
        return TensorScope.call(
                network.device(),
                () -> {
                    double[][] scores = network.score(batch(distinct), numbers, prompts);
                    for (int b = 0; b < scores.length; b++) {
                        requireFinite(scores[b], b);
                    }
                    return scores;
                });
    }

    /** Gathers the different pictures of a batch, and tells for each pair which it is about. */
    private static int[] number(List<ByteBuffer> pictures, List<ByteBuffer> distinct) {
        IdentityHashMap<ByteBuffer, Integer> numbers = new IdentityHashMap<>();
        int[] picture = new int[pictures.size()];
        for (int b = 0; b < picture.length; b++) {
            if (numbers.putIfAbsent(pictures.get(b), distinct.size()) == null) {
                distinct.add(pictures.get(b));
            }
            picture[b] = numbers.get(pictures.get(b));
        }
        return picture;
    }

    private void requireFinite(double[] values, int pair) {
        for (int p = 0; p < values.length; p++) {
            requireFinite(values[p], parts.get(p), pair);
        }
    }

    private static void requireFinite(double value, String what, int pair) {
        if (!Double.isFinite(value)) {
            throw new IllegalStateException(
                    "RewardModel: "
                            + what
                            + " of number "
                            + pair
                            + " of the batch is "
                            + value
                            + "; the weights or the precision do not fit");
        }
    }

    /**
     * Starts comparing texts.
     *
     * @param first B prompts
     * @param second B prompts
     * @return B cosines
     */
    CompletableFuture<double[]> compare(List<String> first, List<String> second) {
        return lane.start(() -> Autograd.in(Autograd.Mode.INFERENCE, () -> cosines(first, second)));
    }

    /** Returns how many tokens of a prompt the network does not read; on any thread. */
    int unreadTokens(String prompt) {
        return network.unreadTokens(prompt);
    }

    private double[] cosines(List<String> first, List<String> second) {
        return TensorScope.call(
                network.device(),
                () -> {
                    double[] cosines = network.promptCosines(first, second);
                    for (int b = 0; b < cosines.length; b++) {
                        requireFinite(cosines[b], "the similarity", b);
                    }
                    return cosines;
                });
    }

    private NDArray batch(List<ByteBuffer> pictures) {
        Shape shape = new Shape(pictures.size(), 3, side, side);
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            NDArray batch = Tensors.allocate(DType.FLOAT32, shape);
            ByteBuffer memory = Tensors.memory(batch);
            pictures.forEach(picture -> memory.put(picture.duplicate()));
            return scope.keep(Tensors.to(batch, network.device()));
        }
    }

    /** Stops the lane and frees the network. */
    @Override
    public void close() {
        lane.close();
        network.close();
    }
}
