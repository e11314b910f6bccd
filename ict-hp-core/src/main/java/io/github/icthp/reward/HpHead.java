package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The HP head: an MLP from the un-normalized image feature to a raw score, whose sigmoid is HP.
 *
 * <p>Five linear layers, 1024 → 1024 → 128 → 64 → 16 → 1 as released, with dropout after the first
 * three in training and no activation functions, so that in evaluation it is one affine map, {@link
 * #collapse}. It computes in float32, whatever the type of its parameters. Shapes: B images, d
 * features.
 */
public final class HpHead {

    static final TorchProgram PROGRAM = TorchProgram.of(HpHead.class, "head.torchscript");

    /** The numbers in the released names; those between them are dropout. */
    private static final ImmutableIntArray LAYERS = ImmutableIntArray.of(0, 2, 4, 6, 7);

    private static final ImmutableIntArray RELEASED_WIDTHS =
            ImmutableIntArray.of(1024, 128, 64, 16, 1);

    private final ImmutableList<NDArray> weights;
    private final ImmutableList<NDArray> biases;
    private final Map<String, NDArray> parameters;

    private HpHead(Map<String, NDArray> parameters) {
        this.parameters = parameters;
        this.weights = pick("weight");
        this.biases = pick("bias");
    }

    private ImmutableList<NDArray> pick(String kind) {
        return LAYERS.stream()
                .mapToObj(i -> parameters.get(name(i, kind)))
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * Loads a head strictly; its widths are those of the weights.
     *
     * @param stored open weights under the released names, {@code layers.0.weight} to {@code
     *     layers.7.bias}
     * @param owner the manager, on the target device, that will own the parameters
     * @param type what the parameters are converted to
     * @param memory whether the parameters may be trained in place
     * @return the head
     * @throws io.github.icthp.weights.WeightsMismatchException if keys are missing or unexpected,
     *     or a layer does not fit the one before it, or the last has not one output
     */
    public static HpHead load(Weights stored, NDManager owner, DType type, Memory memory) {
        Parameters all = Parameters.load(stored, owner, type, memory);
        int in = features(stored);
        for (int i = 0; i < LAYERS.length(); i++) {
            boolean last = i == LAYERS.length() - 1;
            int out = last ? 1 : outputs(stored, i);
            all.linear("layers." + LAYERS.get(i), out, in);
            in = out;
        }
        return new HpHead(all.finish());
    }

    private static int features(Weights stored) {
        String first = name(LAYERS.get(0), "weight");
        return isMatrix(stored, first)
                ? (int) stored.info(first).shape().get(1)
                : RELEASED_WIDTHS.get(0);
    }

    private static int outputs(Weights stored, int layer) {
        String name = name(LAYERS.get(layer), "weight");
        return isMatrix(stored, name)
                ? (int) stored.info(name).shape().get(0)
                : RELEASED_WIDTHS.get(layer);
    }

    private static boolean isMatrix(Weights stored, String name) {
        return stored.names().contains(name) && stored.info(name).shape().dimension() == 2;
    }

    private static String name(int layer, String kind) {
        return "layers." + layer + "." + kind;
    }

    /**
     * Makes a head to be trained: weights drawn from N(0, 1/(d+1)²), that is with a standard
     * deviation of 1/(d+1), in every layer, and biases 0, as the released code begins.
     *
     * @param features d, the width of the image features
     * @param hidden the width of the first layer, 1024 as released
     * @param seed equal seeds give equal heads
     * @param owner the manager, on the target device, that will own the parameters
     * @return a float32 head
     */
    public static HpHead fresh(int features, int hidden, long seed, NDManager owner) {
        Preconditions.checkArgument(
                features > 0 && hidden > 0,
                "HpHead: widths must be positive, got %s features and %s hidden",
                features,
                hidden);
        Random random = new Random(seed);
        Map<String, NDArray> drawn = new LinkedHashMap<>();
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            int in = features;
            for (int i = 0; i < LAYERS.length(); i++) {
                int out = i == 0 ? hidden : RELEASED_WIDTHS.get(i);
                FloatBuffer weight = FloatBuffer.allocate(out * in);
                while (weight.hasRemaining()) {
                    weight.put((float) (random.nextGaussian() / (features + 1)));
                }
                int layer = LAYERS.get(i);
                drawn.put(name(layer, "weight"), Tensors.of(weight.array(), out, in));
                drawn.put(name(layer, "bias"), Tensors.of(new float[out], out));
                in = out;
            }
            drawn.values().forEach(tensor -> scope.keep(tensor, owner));
        }
        return new HpHead(drawn);
    }

    /**
     * Returns d.
     *
     * @return the width of the image features
     */
    public int features() {
        return (int) weights.get(0).getShape().get(1);
    }

    /**
     * Returns the widths of the layers' outputs.
     *
     * @return as released, 1024, 128, 64, 16 and 1
     */
    public ImmutableIntArray widths() {
        return ImmutableIntArray.copyOf(
                weights.stream().map(NDArray::getShape).mapToInt(s -> (int) s.get(0)));
    }

    /**
     * Returns every parameter by its released name.
     *
     * @return the live tensors, layer by layer
     */
    public Map<String, NDArray> parameters() {
        return parameters;
    }

    /**
     * Scores features, layer by layer and without dropout.
     *
     * @param features (B, d), of any floating-point type
     * @return raw scores (B), float32; their sigmoid is HP
     */
    public NDArray forward(NDArray features) {
        return forward(features, List.of());
    }

    /**
     * Scores features with dropout, in training.
     *
     * @param features (B, d), of any floating-point type
     * @param masks float32 (B, width) for each of the first layers, in order: what multiplies that
     *     layer's output
     * @return raw scores (B), float32
     */
    public NDArray forward(NDArray features, List<NDArray> masks) {
        return PROGRAM.call("score", features, weights, biases, masks);
    }

    /** The output of every layer. */
    NDList layers(NDArray features) {
        return PROGRAM.callList("layers", features, weights, biases, List.of());
    }

    /**
     * Multiplies the layers into one affine map, in float64.
     *
     * @return the map, with the parameters as they are now
     */
    public Affine collapse() {
        NDList map =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> PROGRAM.callList("collapse", weights, biases));
        return new Affine(map.get(0), map.get(1).toDoubleArray()[0]);
    }

    /**
     * A whole head in evaluation: raw score = weight · feature + bias.
     *
     * @param weight (d), float64, owned by the scope that was innermost when it was made
     * @param bias the raw score of a feature of zeros
     */
    public record Affine(NDArray weight, double bias) {

        /**
         * Scores features.
         *
         * @param features (B, d), of any floating-point type
         * @return raw scores (B), float32; their sigmoid is HP
         */
        public NDArray forward(NDArray features) {
            return PROGRAM.call("affine", features, weight, bias);
        }
    }
}
