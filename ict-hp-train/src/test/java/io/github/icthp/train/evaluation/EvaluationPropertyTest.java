package io.github.icthp.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.icthp.reward.RewardKind;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;
import java.util.function.ToDoubleFunction;

/** What holds for any scores. */
class EvaluationPropertyTest {

    private static final int ROWS = 173;

    private static ToDoubleFunction<FakeModel.Asked> random(long seed) {
        return asked ->
                new Random(seed * 31 + asked.hashCode())
                                .ints(0, 6)
                                .skip(3)
                                .findFirst()
                                .orElseThrow()
                        / 6.0;
    }

    private static RewardResult evaluate(ToDoubleFunction<FakeModel.Asked> score) {
        return Evaluation.of(FakeModel.Data.of(ROWS))
                .add("ICT", FakeModel.ict(score), RewardKind.ICT)
                .run()
                .reward("ICT");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void accuraciesAreWhatCountingGives(long seed) {
        ToDoubleFunction<FakeModel.Asked> score = random(seed);
        double agreed = 0;
        for (int row = 0; row < ROWS; row++) {
            double i1 = score.applyAsDouble(new FakeModel.Asked(row, 0, "easy"));
            double i2 = score.applyAsDouble(new FakeModel.Asked(row, 1, "easy"));
            agreed += i2 > i1 ? 1 : i2 == i1 ? 0.5 : 0;
        }
        RewardResult found = evaluate(score);
        assertThat(found.easy().preferredOverRejected().value())
                .isCloseTo(agreed / ROWS, within(1e-12));
        for (Pair pair : Pair.values()) {
            Accuracy accuracy = found.easy().of(pair);
            assertThat(accuracy.value()).isBetween(accuracy.low(), accuracy.high());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void aRisingFunctionOfScoresChangesNoAccuracy(long seed) {
        ToDoubleFunction<FakeModel.Asked> score = random(seed);
        RewardResult found = evaluate(score);
        RewardResult risen = evaluate(asked -> Math.exp(3 * score.applyAsDouble(asked)) - 2);
        assertThat(risen.easy()).isEqualTo(found.easy());
        assertThat(risen.refined()).isEqualTo(found.refined());
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8})
    void theOppositeRewardIsRightWhereTheOtherIsWrong(long seed) {
        ToDoubleFunction<FakeModel.Asked> score = random(seed);
        RewardResult found = evaluate(score);
        RewardResult opposite = evaluate(asked -> -score.applyAsDouble(asked));
        assertThat(opposite.easy().mean().value())
                .isCloseTo(1 - found.easy().mean().value(), within(1e-12));
        assertThat(opposite.easy().mean().ties()).isEqualTo(found.easy().mean().ties());
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void everyScoreIsInOneBin(long seed) {
        RewardResult found = evaluate(random(seed));
        assertThat(found.histogram().counts()).hasSize(3);
        found.histogram()
                .counts()
                .forEach(counts -> assertThat(counts.stream().sum()).isEqualTo(ROWS));
        assertThat(found.ranks())
                .allSatisfy(
                        rank ->
                                assertThat(rank.mean())
                                        .isBetween(
                                                found.histogram().low(), found.histogram().high()));
    }
}
