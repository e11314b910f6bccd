package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.DifferentiableReward.RewardGradient;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.staged.Activations;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.stream.Stream;

/** What a reward of one's own must return. */
class CheckedRewardTest {

    private static final List<String> PROMPTS = List.of("a", "b", "c", "d");

    private TensorScope scope;
    private NDArray pixels;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
        pixels = Tensors.of(RandomWeights.values(4 * 3 * 6 * 5, 1, 0.2), 4, 3, 6, 5);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                wrong("one mean of all pictures", "shape (4), got ()", (p, t) -> p.mean()),
                wrong(
                        "a column",
                        "shape (4), got (4, 1)",
                        (p, t) -> PixelRewards.mean(p).reshape(4, 1)),
                wrong("one picture", "got (1)", (p, t) -> PixelRewards.mean(p.get("0:1"))),
                wrong("channels kept", "got (4, 3)", (p, t) -> p.flatten(2, 3).mean(new int[] {2})),
                wrong("pixels", "got (4, 3, 6, 5)", (p, t) -> p),
                wrong(
                        "whole numbers",
                        "floating-point rewards, got INT64",
                        (p, t) -> PixelRewards.mean(p).toType(DataType.INT64, true)),
                wrong("truth", "got BOOL", (p, t) -> PixelRewards.mean(p).gt(0)),
                wrong("nothing", "a tensor, got null", (p, t) -> null),
                wrong(
                        "another device",
                        "on the pixels' device, " + Devices.tested() + ", got gpu(7)",
                        (p, t) -> elsewhere()));
    }

    private static Arguments wrong(String what, String said, DifferentiableReward reward) {
        return Arguments.of(what, said, reward);
    }

    /** A tensor of another device, which this machine need not have. */
    private static NDArray elsewhere() {
        return (NDArray)
                Proxy.newProxyInstance(
                        NDArray.class.getClassLoader(),
                        new Class<?>[] {NDArray.class},
                        (self, method, arguments) ->
                                method.getName().equals("getDevice") ? Device.gpu(7) : null);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void refusesWhatIsNotOneNumberEach(String what, String said, DifferentiableReward reward) {
        assertThatThrownBy(() -> reward.gradient(pixels, PROMPTS))
                .as(what)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("the reward: expected ", said, "; ");
        assertThatThrownBy(() -> reward.checked("the judge").reward(pixels, PROMPTS))
                .as(what)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("the judge: expected ", said, "; ");
    }

    static Stream<DifferentiableReward> severed() {
        return Stream.of(
                (p, t) -> Autograd.detach(PixelRewards.mean(p)),
                (p, t) -> Tensors.of(PixelRewards.mean(p).toFloatArray(), 4),
                (p, t) -> Tensors.of(new float[] {1, 2, 3, 4}, 4),
                (p, t) -> Autograd.in(Mode.NO_GRADIENT, () -> PixelRewards.mean(p)),
                (p, t) -> PixelRewards.mean(p).gt(0).toType(DataType.FLOAT32, true));
    }

    @ParameterizedTest
    @MethodSource("severed")
    void refusesRewardsWithoutGradient(DifferentiableReward reward) {
        assertThatThrownBy(() -> reward.gradient(pixels, PROMPTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("the reward", "do not depend on them", "detach")
                .hasMessageNotContaining("TorchScript");
        NDArray leaf = Autograd.leaf(pixels);
        DifferentiableReward checked = reward.checked("the sum");
        assertThatThrownBy(() -> checked.checked("outside").gradient(pixels, PROMPTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the sum: expected");
        assertThatThrownBy(() -> Autograd.in(Mode.GRADIENT, () -> checked.reward(leaf, PROMPTS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the sum");
        NDArray values = Autograd.in(Mode.NO_GRADIENT, () -> checked.reward(leaf, PROMPTS));
        assertThat(values.getShape()).isEqualTo(new Shape(4));
    }

    /** It requires gradients, but of a parameter of its own. */
    @Test
    void refusesAGradientThatDoesNotReachThePixels() {
        NDArray own = Autograd.leaf(Tensors.of(new float[] {1, 2, 3, 4}, 4));
        DifferentiableReward reward = (p, t) -> own.mul(2);
        assertThatThrownBy(() -> reward.gradient(pixels, PROMPTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("do not depend on them");
    }

    @Test
    void namesThePictureWhoseGradientIsNotFinite() {
        NDArray flat = Tensors.of(new float[4 * 3 * 2 * 2], 4, 3, 2, 2);
        NDArray ones = Tensors.of(new float[] {1, 1, 0, 1}, 4, 1, 1, 1);
        DifferentiableReward root = (p, t) -> PixelRewards.mean(p.add(ones).square()).sqrt();
        assertThatThrownBy(() -> root.checked("the root").gradient(flat, PROMPTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                        "the root", "NaN at picture 3 of 4", "prompt \"c\"", "reward is 0.0");
    }

    @Test
    void refusesAGradientOfAnotherShape() {
        DifferentiableReward odd =
                new DifferentiableReward() {
                    @Override
                    public NDArray reward(NDArray p, List<String> prompts) {
                        return PixelRewards.mean(p);
                    }

                    @Override
                    public RewardGradient gradient(
                            NDArray p, List<String> prompts, Activations activations) {
                        return new RewardGradient(PixelRewards.mean(p), p.get("0:1"));
                    }
                };
        assertThatThrownBy(() -> odd.checked("the reward").gradient(pixels, PROMPTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shape (4, 3, 6, 5), got (1, 3, 6, 5)");
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
    void takesEveryFloatingPointType(DType type) {
        DifferentiableReward reward =
                (p, t) -> Tensors.cast(PixelRewards.mean(Tensors.cast(p, type)), type);
        RewardGradient found = reward.checked("the reward").gradient(pixels, PROMPTS);
        assertThat(Tensors.dtype(found.rewards())).isEqualTo(type);
        float[] gradient = Tensors.toFloats(found.gradient());
        for (float value : gradient) {
            assertThat(value).isBetween(0.0110f, 0.0112f);
        }
    }

    @Test
    void oneMeanOfAllPicturesWouldHaveTrainedOnAQuarter() {
        DifferentiableReward right = (p, t) -> PixelRewards.mean(p);
        float[] whole = Tensors.toFloats(right.gradient(pixels, PROMPTS).gradient());
        NDArray leaf = Autograd.leaf(pixels);
        NDArray shared = Autograd.gradients(leaf.mean(), null, List.of(leaf)).get(0).orElseThrow();
        assertThat(Tensors.toFloats(shared)[0]).isEqualTo(whole[0] / 4);
    }
}
