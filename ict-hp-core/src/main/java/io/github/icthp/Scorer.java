package io.github.icthp;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Scores batches of prepared pixels on the model's lane. Shapes: B batch, S image side. */
final class Scorer implements AutoCloseable {

    private final RewardKind kind;
    private final RewardNetwork network;
    private final Optional<PromptEncoder> prompts;
    private final Lane lane = new Lane("ict-hp-scorer");

    Scorer(RewardKind kind, RewardNetwork network, Optional<PromptEncoder> prompts) {
        this.kind = kind;
        this.network = network;
        this.prompts = prompts;
    }

    /**
     * The two numbers of an image.
     *
     * @param ict the cosine, or NaN
     * @param hp the sigmoid, or NaN
     */
    record Parts(double ict, double hp) {}

    /**
     * Starts scoring images for their prompts.
     *
     * @param pixels B images of 3·S·S prepared values; one that is there more than once is computed
     *     once
     * @param texts B prompts
     * @return B results, in order
     */
    CompletableFuture<Parts[]> start(List<ByteBuffer> pixels, List<String> texts) {
        return lane.start(() -> Autograd.in(Autograd.Mode.INFERENCE, () -> compute(pixels, texts)));
    }

    /**
     * Gathers the different images of a batch, and tells for each pair which of them it is about.
     */
    private static long[] number(List<ByteBuffer> pixels, List<ByteBuffer> distinct) {
        IdentityHashMap<ByteBuffer, Integer> numbers = new IdentityHashMap<>();
        long[] image = new long[pixels.size()];
        for (int b = 0; b < image.length; b++) {
            if (numbers.putIfAbsent(pixels.get(b), distinct.size()) == null) {
                distinct.add(pixels.get(b));
            }
            image[b] = numbers.get(pixels.get(b));
        }
        return image;
    }

    private Parts[] compute(List<ByteBuffer> pixels, List<String> texts) {
        double[] ict = new double[pixels.size()];
        double[] hp = new double[pixels.size()];
        Arrays.fill(ict, Double.NaN);
        Arrays.fill(hp, Double.NaN);
        List<ByteBuffer> distinct = new ArrayList<>();
        long[] image = number(pixels, distinct);
        try (TensorScope scope = TensorScope.open(network.device())) {
            NDArray batch = batch(distinct);
            if (kind.usesIct()) {
                NDArray text = prompts.orElseThrow().encode(texts);
                fill(ict, network.ict(batch, image, text), "ICT");
            }
            if (kind.usesHp()) {
                fill(hp, network.hpRaw(batch, image), "HP");
                Arrays.setAll(hp, b -> 1 / (1 + Math.exp(-hp[b])));
            }
            assert scope == TensorScope.current();
        }
        Parts[] parts = new Parts[pixels.size()];
        Arrays.setAll(parts, b -> new Parts(ict[b], hp[b]));
        return parts;
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

    private double[] cosines(List<String> first, List<String> second) {
        double[] cosines = new double[first.size()];
        try (TensorScope scope = TensorScope.open(network.device())) {
            PromptEncoder encoder = prompts.orElseThrow();
            NDArray values = network.cosines(encoder.encode(first), encoder.encode(second));
            fill(cosines, values, "the similarity");
            assert scope == TensorScope.current();
        }
        return cosines;
    }

    private static void fill(double[] target, NDArray values, String what) {
        float[] floats = Tensors.toFloats(values);
        for (int b = 0; b < target.length; b++) {
            if (!Float.isFinite(floats[b])) {
                throw new IllegalStateException(
                        "RewardModel: "
                                + what
                                + " of number "
                                + b
                                + " of the batch is "
                                + floats[b]
                                + "; the weights or the precision do not fit");
            }
            target[b] = floats[b];
        }
    }

    private NDArray batch(List<ByteBuffer> pixels) {
        int side = network.imageSize();
        Shape shape = new Shape(pixels.size(), 3, side, side);
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            NDArray batch = Tensors.allocate(DType.FLOAT32, shape);
            ByteBuffer memory = Tensors.memory(batch);
            pixels.forEach(image -> memory.put(image.duplicate()));
            return scope.keep(Tensors.to(batch, network.device()));
        }
    }

    /** Stops the lane and frees networks and tokenizer. */
    @Override
    public void close() {
        lane.close();
        network.close();
        prompts.ifPresent(PromptEncoder::close);
    }
}
