package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward.RewardGradient;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Sums, products and standardized sums. */
class RewardsTest {

    private static final int B = 3;
    private static final int SIZE = 3 * 4 * 5;
    private static final List<String> PROMPTS = List.of("a", "b", "c");

    private static final DifferentiableReward BRIGHT = (p, t) -> PixelRewards.mean(p);
    private static final DifferentiableReward SQUARE = (p, t) -> PixelRewards.mean(p.mul(p));
    private static final DifferentiableReward ROUGH = (p, t) -> PixelRewards.totalVariation(p);

    private final float[] values = RandomWeights.values(B * SIZE, 4, 0.3);
    private TensorScope scope;
    private NDArray pixels;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
        pixels = Tensors.of(values, B, 3, 4, 5);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    static Stream<DifferentiableReward> composed() {
        WeightedReward sum =
                Rewards.weighted("bright", 2, BRIGHT).plus("square", -0.5, SQUARE).plus(1, ROUGH);
        Map<String, Standardization> standards =
                Map.of(
                        "bright", new Standardization(0.2, 0.1, 9),
                        "square", new Standardization(-1, 0.5, 9),
                        "3", new Standardization(0.3, 2, 9));
        return Stream.of(
                sum,
                sum.standardized(standards),
                Rewards.product(BRIGHT, SQUARE),
                Rewards.product(BRIGHT, SQUARE, ROUGH),
                Rewards.product(sum, SQUARE),
                Rewards.weighted("product", 3, Rewards.product(SQUARE, ROUGH)).plus(1, BRIGHT));
    }

    @ParameterizedTest
    @MethodSource("composed")
    void gradientsAreThoseOfTheWholeGraph(DifferentiableReward reward) {
        RewardGradient found = reward.gradient(pixels, PROMPTS);
        DifferentiableReward whole = (values, prompts) -> reward.reward(values, prompts);
        RewardGradient expected = whole.gradient(pixels, PROMPTS);
        assertThat(Tensors.toFloats(found.rewards()))
                .isEqualTo(Tensors.toFloats(expected.rewards()));
        assertThat(Tensors.toFloats(found.gradient()))
                .usingComparatorWithPrecision(1e-6f)
                .containsExactly(Tensors.toFloats(expected.gradient()));
    }

    @ParameterizedTest
    @MethodSource("composed")
    void gradientsAreFiniteDifferences(DifferentiableReward reward) {
        float[] gradient = Tensors.toFloats(reward.gradient(pixels, PROMPTS).gradient());
        for (int at : new int[] {0, SIZE + 7, B * SIZE - 1}) {
            double slope = (shifted(reward, at, 1e-2f) - shifted(reward, at, -1e-2f)) / 2e-2;
            assertThat((double) gradient[at]).isCloseTo(slope, within(2e-3));
        }
    }

    private double shifted(DifferentiableReward reward, int at, float by) {
        float[] moved = values.clone();
        moved[at] += by;
        NDArray there = Tensors.of(moved, B, 3, 4, 5);
        return Tensors.toFloats(reward.reward(there, PROMPTS))[at / SIZE];
    }

    @Test
    void standardizesBySampleMeanAndDeviation() {
        WeightedReward sum = Rewards.weighted("bright", 2, BRIGHT).plus("rough", -1, ROUGH);
        WeightedReward even = Rewards.standardized(sum, pixels, PROMPTS);
        float[] bright = Tensors.toFloats(BRIGHT.reward(pixels, PROMPTS));
        float[] rough = Tensors.toFloats(ROUGH.reward(pixels, PROMPTS));
        Standardization b = Standardization.of(bright[0], bright[1], bright[2]);
        Standardization r = Standardization.of(rough[0], rough[1], rough[2]);
        assertThat(even.standardizations()).isEqualTo(Map.of("bright", b, "rough", r));
        assertThat(even.weights())
                .containsExactly(Map.entry("bright", 2.0), Map.entry("rough", -1.0));
        assertThat(even.toString())
                .contains("2.0 x (bright - " + b.mean() + ") / " + b.deviation());
        float[] found = Tensors.toFloats(even.reward(pixels, PROMPTS));
        for (int i = 0; i < B; i++) {
            double expected =
                    2 * (bright[i] - b.mean()) / b.deviation()
                            - (rough[i] - r.mean()) / r.deviation();
            assertThat((double) found[i]).isCloseTo(expected, within(1e-4));
        }
        assertThat(
                        Tensors.toFloats(
                                sum.standardized(even.standardizations()).reward(pixels, PROMPTS)))
                .isEqualTo(found);
        assertThat(sum.standardizations()).isEmpty();
    }

    @Test
    void measuresMeanAndDeviation() {
        Standardization found = Standardization.of(1, 2, 3, 6);
        assertThat(found.mean()).isEqualTo(3);
        assertThat(found.deviation()).isCloseTo(Math.sqrt(14 / 3.0), within(1e-12));
        assertThat(found.pictures()).isEqualTo(4);
    }

    @Test
    void measuresAModelOnASample(@TempDir Path temporary) {
        try (RewardModel model = TinyReward.open(temporary)) {
            List<PromptImage> sample = TinyReward.pairs(6);
            double[] scores = sample.stream().mapToDouble(p -> model.score(p).value()).toArray();
            Standardization expected = Standardization.of(scores);
            Standardization found = Standardization.of(model, sample.stream());
            assertThat(found.mean()).isCloseTo(expected.mean(), within(1e-6));
            assertThat(found.deviation()).isCloseTo(expected.deviation(), within(1e-6));
            PromptImage missing = PromptImage.of("a", temporary.resolve("none.png"));
            Stream<PromptImage> broken = Stream.concat(sample.stream(), Stream.of(missing));
            assertThatThrownBy(() -> Standardization.of(model, broken))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("none.png");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void refusesScoresThatAreNotFinite(double value) {
        assertThatThrownBy(() -> Standardization.of(1, value, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got " + value + " for picture 2 of 3");
        assertThatThrownBy(() -> new Standardization(value, 1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("finite mean");
        assertThatThrownBy(() -> new Standardization(0, value, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deviation");
    }

    @Test
    void refusesADeviationOfZero() {
        assertThatThrownBy(() -> Standardization.of(0.1, 0.1, 0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0.1 for all 3 pictures");
        assertThatThrownBy(() -> new Standardization(1, 0, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("above 0, got 0.0");
        assertThatThrownBy(() -> Standardization.of(0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 2 pictures, got 1");
        WeightedReward flat = Rewards.weighted("flat", 1, (p, t) -> PixelRewards.mean(p.mul(0)));
        assertThatThrownBy(() -> Rewards.standardized(flat, pixels, PROMPTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the term \"flat\"")
                .hasMessageContaining("for all 3 pictures");
    }

    @Test
    void refusesWhatIsNoSumOrProduct() {
        assertThatThrownBy(() -> Rewards.weighted("a", Double.NaN, BRIGHT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("finite, got NaN");
        assertThatThrownBy(() -> Rewards.product(BRIGHT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 2 factors, got 1");
        WeightedReward sum = Rewards.weighted("a", 1, BRIGHT).plus("b", 1, ROUGH);
        Map<String, Standardization> one = Map.of("a", new Standardization(0, 1, 2));
        assertThatThrownBy(() -> sum.standardized(one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("each of [a, b], got [a]");
        DifferentiableReward wrong = Rewards.product(BRIGHT, (p, t) -> p.mean());
        assertThatThrownBy(() -> wrong.reward(pixels, PROMPTS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the factor 2: expected one reward for each picture");
    }
}
