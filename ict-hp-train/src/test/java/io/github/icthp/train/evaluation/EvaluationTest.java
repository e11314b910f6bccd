package io.github.icthp.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.data.BadRowException;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.data.IctTargets;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class EvaluationTest {

    /** ICT rises with the rank for the easy prompt and falls for the refined one. */
    private static double ict(FakeModel.Asked asked) {
        double score = 0.1 + 0.2 * asked.rank();
        return asked.prompt().equals("easy") ? score : 0.7 - score;
    }

    private static double hp(FakeModel.Asked asked) {
        return asked.rank() == 2 ? 0.25 : 0.5;
    }

    private static Evaluation evaluation(FakeModel.Data data) {
        return Evaluation.of(data)
                .add("ICT", FakeModel.ict(EvaluationTest::ict), RewardKind.ICT)
                .add("HP", FakeModel.hp(EvaluationTest::hp), RewardKind.HP)
                .add("CLIP", FakeModel.ict(asked -> 0.3), RewardKind.ICT);
    }

    @Test
    void findsWhatTheScoresSay() {
        EvaluationResult found = evaluation(FakeModel.Data.of(150)).seed(4).resamples(20).run();
        assertThat(found.toString())
                .matches(
                        "EvaluationResult\\[[^\n"
                                + "]*, 150 triplets, 0 skipped: CLIP .* %, ICT 100[.]00 %, .*]");
        assertThat(found.triplets()).isEqualTo(150);
        assertThat(found.skipped()).isZero();
        assertThat(found.rewards())
                .extracting(RewardResult::name)
                .containsExactly("CLIP", "ICT", "HP", "ICT-HP");
        assertThat(found.reward("ICT").easy().mean().value()).isEqualTo(1);
        assertThat(found.reward("ICT").refined().orElseThrow().mean().value()).isZero();
        assertThat(found.reward("HP").easy().preferredOverRejected())
                .isEqualTo(new Accuracy(0.5, 0.5, 0.5, 150));
        assertThat(found.reward("HP").easy().refinedOverPreferred().value()).isZero();
        assertThat(found.reward("HP").refined()).isEmpty();
        // 0.1 * 0.5 < 0.5 * 0.25 < 0.3 * 0.5
        PairAccuracies product = found.reward("ICT-HP").easy();
        assertThat(product.preferredOverRejected().value()).isEqualTo(1);
        assertThat(product.refinedOverPreferred().value()).isZero();
        assertThat(product.refinedOverRejected().value()).isEqualTo(1);
        assertThat(found.reward("CLIP").easy().mean()).isEqualTo(new Accuracy(0.5, 0.5, 0.5, 450));
        ScoreSummary preferred = found.reward("ICT").ranks().get(1);
        assertThat(preferred.mean()).isCloseTo(0.3, within(1e-12));
        assertThat(preferred.deviation()).isCloseTo(0, within(1e-12));
        assertThat(preferred.median()).isCloseTo(0.3, within(1e-12));
        assertThat(found.provenance().keySet()).containsExactly("ICT", "HP", "CLIP");
        assertThatThrownBy(() -> found.reward("PickScore")).hasMessageContaining("CLIP, ICT");
    }

    @Test
    void aCombinedModelGivesItsPartsToo() {
        EvaluationResult found =
                Evaluation.of(FakeModel.Data.of(3))
                        .add(
                                "ICT-HP",
                                new FakeModel(
                                        RewardKind.COMBINED,
                                        EvaluationTest::ict,
                                        EvaluationTest::hp),
                                RewardKind.COMBINED)
                        .run();
        EvaluationResult apart = evaluation(FakeModel.Data.of(3)).run();
        assertThat(found.rewards()).containsExactlyElementsOf(apart.rewards().subList(1, 4));
    }

    @Test
    void asksForEachImageOnceAndForAllItsPromptsTogether() {
        FakeModel ict = FakeModel.ict(EvaluationTest::ict);
        FakeModel hp = FakeModel.hp(EvaluationTest::hp);
        Evaluation.of(FakeModel.Data.of(70))
                .add("ICT", ict, RewardKind.ICT)
                .add("HP", hp, RewardKind.HP)
                .run();
        List<FakeModel.Asked> expected = new ArrayList<>();
        for (int row = 0; row < 70; row++) {
            for (int rank = 0; rank < 3; rank++) {
                expected.add(new FakeModel.Asked(row, rank, "easy"));
                expected.add(new FakeModel.Asked(row, rank, "refined"));
            }
        }
        assertThat(ict.asked).isEqualTo(expected);
        assertThat(hp.asked).hasSize(70 * 3).doesNotHaveDuplicates();
    }

    @Test
    void measuresTheDistanceFromLabels() {
        IctTargets targets = new IctTargets(0.2, 0.6, 0.1, 0.3);
        FakeModel.Data data = new FakeModel.Data(OptionalLong.of(5), -1, -1, Optional.of(targets));
        EvaluationResult found = evaluation(data).run();
        LabelError error = found.reward("ICT").labels().orElseThrow();
        // easy scores 0.1, 0.3, 0.5 against 0.2, 0.6, 1; refined 0.6, 0.4, 0.2 against 0.1, 0.3, 1
        assertThat(error.easy()).isCloseTo((0.01 + 0.09 + 0.25) / 3, within(1e-12));
        assertThat(error.refined()).isCloseTo((0.25 + 0.01 + 0.64) / 3, within(1e-12));
        assertThat(error.triplets()).isEqualTo(5);
        assertThat(found.reward("CLIP").labels()).isPresent();
        assertThat(found.reward("HP").labels()).isEmpty();
        assertThat(found.reward("ICT-HP").labels()).isEmpty();
        assertThat(evaluation(FakeModel.Data.of(5)).run().reward("ICT").labels()).isEmpty();
    }

    @Test
    void skipsBadRowsForEveryReward() {
        FakeModel.Data data = new FakeModel.Data(OptionalLong.of(9), 3, 7, Optional.empty());
        List<BadRowException> bad = new ArrayList<>();
        List<Long> progress = new ArrayList<>();
        EvaluationResult found = evaluation(data).badRows(bad::add).progress(progress::add).run();
        assertThat(found.triplets()).isEqualTo(7);
        assertThat(found.skipped()).isEqualTo(2);
        assertThat(bad).extracting(BadRowException::row).containsExactly(3L, 7L);
        assertThat(bad.get(1)).hasMessage("fake <data>: row 7, column easy_image_1: no picture");
        assertThat(progress).containsExactly(9L);
        assertThatThrownBy(() -> evaluation(data).run())
                .isInstanceOf(BadRowException.class)
                .hasMessageContaining("row 3, column E1");
    }

    @Test
    void refusesWhatMeansNothing() {
        assertThatThrownBy(() -> evaluation(FakeModel.Data.of(0)).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("no triplet to evaluate");
        FakeModel.Data allBad = new FakeModel.Data(OptionalLong.of(1), 0, -1, Optional.empty());
        assertThatThrownBy(() -> evaluation(allBad).badRows(bad -> {}).run())
                .isInstanceOf(DatasetException.class);
        assertThatThrownBy(() -> Evaluation.of(FakeModel.Data.of(1)).run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("name a model");
        assertThatThrownBy(
                        () ->
                                Evaluation.of(FakeModel.Data.of(2))
                                        .add("ICT", FakeModel.ict(a -> Double.NaN), RewardKind.ICT)
                                        .run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ICT of row 0, column easy_image_0, is NaN");
        assertThatThrownBy(
                        () ->
                                Evaluation.of(FakeModel.Data.of(2))
                                        .add("HP", FakeModel.ict(a -> 1), RewardKind.HP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HP needs a model of kind HP (sigmoid), got ICT (cosine)");
        assertThatThrownBy(
                        () ->
                                evaluation(FakeModel.Data.of(2))
                                        .add("CLIP", FakeModel.ict(a -> 1), RewardKind.ICT))
                .hasMessageContaining("named CLIP already");
        assertThatThrownBy(() -> Evaluation.of(FakeModel.Data.of(1)).resamples(0))
                .hasMessageContaining("got 0");
        assertThatThrownBy(() -> Evaluation.of(FakeModel.Data.of(1)).limit(0))
                .hasMessageContaining("got 0");
    }

    @Test
    void anEndlessDataSetNeedsALimit() {
        FakeModel.Data endless = new FakeModel.Data(OptionalLong.empty(), -1, -1, Optional.empty());
        assertThatThrownBy(() -> evaluation(endless).run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("set a limit");
        assertThat(evaluation(endless).limit(65).run().triplets()).isEqualTo(65);
        assertThat(evaluation(FakeModel.Data.of(9)).limit(4).run().triplets()).isEqualTo(4);
    }

    @Test
    void oneRowIsEnough() {
        EvaluationResult found = evaluation(FakeModel.Data.of(1)).run();
        assertThat(found.reward("ICT").ranks().get(0))
                .isEqualTo(new ScoreSummary(0.1, 0, 0.1, 0.1, 0.1));
        assertThat(found.reward("CLIP").histogram().counts().get(0).stream().sum()).isEqualTo(1);
    }
}
