package io.github.icthp.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDList;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;

import io.github.icthp.ImageSource;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class RewardEngineTest {

    @TempDir static Path temporary;
    private static Path released;

    @BeforeAll
    static void unpack() {
        released = Golden.unpack(Golden.sample("reward/tiny"), temporary.resolve("released"));
    }

    private static Criteria.Builder<PromptImage, RewardScore> criteria(Path path) {
        return Criteria.builder()
                .setTypes(PromptImage.class, RewardScore.class)
                .optModelPath(path)
                .optDevice(Devices.tested())
                .optEngine(RewardEngine.NAME)
                .optTranslatorFactory(new RewardTranslatorFactory())
                .optArgument("precision", "fp32");
    }

    private static List<PromptImage> pairs() {
        return List.of(pair("a ball", 0x40c080), pair("a cat", 0xff1020), pair("", 0x000000));
    }

    private static PromptImage pair(String prompt, int color) {
        BufferedImage picture = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 40; x++) {
            for (int y = 0; y < 30; y++) {
                picture.setRGB(x, y, color ^ ((x * 6) << 8) ^ (y * 7));
            }
        }
        return new PromptImage(prompt, ImageSource.of("picture " + color, picture));
    }

    private static double[] values(List<RewardScore> scores) {
        return scores.stream().mapToDouble(RewardScore::value).toArray();
    }

    private static double[] expected(RewardModelBuilder builder) {
        try (RewardModel reward = builder.precision(Precision.FP32).build()) {
            return values(reward.scoreAll(pairs().stream()).toList());
        }
    }

    @Test
    void aCriteriaLoadsAFolderAndScoresAsTheModelDoes() throws Exception {
        try (ZooModel<PromptImage, RewardScore> model = criteria(released).build().loadModel();
                Predictor<PromptImage, RewardScore> predictor = model.newPredictor()) {
            List<RewardScore> scores = predictor.batchPredict(pairs());
            assertThat(values(scores))
                    .containsExactly(expected(RewardModel.combined().ict(released).hp(released)));
            assertThat(predictor.predict(pairs().get(0)).kind()).isEqualTo(RewardKind.COMBINED);
            assertThat(model.getModelPath()).isEqualTo(released.toAbsolutePath());
            assertThat(predictor.batchPredict(List.of())).isEmpty();
        }
    }

    @Test
    void aPathThatHoldsOneModelIsThatModel() throws Exception {
        assertThat(scored(criteria(released.resolve("ICT"))))
                .containsExactly(expected(RewardModel.ict().ict(released.resolve("ICT"))));
        assertThat(scored(criteria(released.resolve("HP"))))
                .containsExactly(expected(RewardModel.hp().hp(released.resolve("HP"))));
        assertThat(scored(criteria(released).optArgument("reward", "hp")))
                .containsExactly(expected(RewardModel.hp().hp(released)));
        assertThat(
                        scored(
                                criteria(released.resolve("ICT"))
                                        .optArgument("hp", released.resolve("HP"))
                                        .optArgument("batch", 2)
                                        .optArgument("openClipPrompts", true)))
                .containsExactly(
                        expected(
                                RewardModel.combined()
                                        .ict(released)
                                        .hp(released)
                                        .batch(2)
                                        .openClipPrompts(true)));
    }

    private static double[] scored(Criteria.Builder<PromptImage, RewardScore> criteria)
            throws Exception {
        try (ZooModel<PromptImage, RewardScore> model = criteria.build().loadModel();
                Predictor<PromptImage, RewardScore> predictor = model.newPredictor()) {
            return values(predictor.batchPredict(pairs()));
        }
    }

    @Test
    void anUnreadableImageFailsAloneInABatchAndIsAnExceptionByItself() throws Exception {
        Path bad = Files.writeString(temporary.resolve("bad.png"), "no picture");
        PromptImage unreadable = PromptImage.of("a ball", bad);
        Metrics metrics = new Metrics();
        try (ZooModel<PromptImage, RewardScore> model = criteria(released).build().loadModel();
                Predictor<PromptImage, RewardScore> predictor = model.newPredictor()) {
            predictor.setMetrics(metrics);
            List<RewardScore> scores = predictor.batchPredict(List.of(unreadable, pairs().get(0)));
            assertThat(scores.get(0).error()).isPresent();
            assertThat(scores.get(1).error()).isEmpty();
            assertThatThrownBy(() -> predictor.predict(unreadable))
                    .isInstanceOf(TranslateException.class)
                    .hasMessageContaining("bad.png");
        }
        assertThat(metrics.getMetric("Prediction")).isNotEmpty();
    }

    @Test
    void itsTranslatorServesInsideAnother() throws Exception {
        try (ZooModel<PromptImage, RewardScore> model = criteria(released).build().loadModel();
                Predictor<PromptImage, Double> predictor =
                        model.newPredictor(new Value(model.getTranslator()))) {
            double batched = expected(RewardModel.combined().ict(released).hp(released))[1];
            assertThat(predictor.predict(pairs().get(1))).isCloseTo(batched, within(1e-6));
        }
    }

    /** The score's value alone. */
    private record Value(Translator<PromptImage, RewardScore> inner)
            implements NoBatchifyTranslator<PromptImage, Double> {
        @Override
        public NDList processInput(TranslatorContext context, PromptImage pair) throws Exception {
            return inner.processInput(context, pair);
        }

        @Override
        public Double processOutput(TranslatorContext context, NDList list) throws Exception {
            return inner.processOutput(context, list).value();
        }
    }

    @Test
    void saysWhatIsWrongWithACriteria() throws Exception {
        assertThatThrownBy(() -> criteria(temporary.resolve("nowhere")).build().loadModel())
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(
                        () ->
                                criteria(released)
                                        .optArgument("precision", "half")
                                        .build()
                                        .loadModel())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one of [auto, fp32, bf16, fp16], got 'half'");
        assertThatThrownBy(() -> criteria(released).optArgument("batch", "x").build().loadModel())
                .hasMessageContaining("batch must be a number, got 'x'");
        assertThatThrownBy(
                        () ->
                                criteria(released)
                                        .optArgument("openClipPrompts", "maybe")
                                        .build()
                                        .loadModel())
                .hasMessageContaining("true or false, got 'maybe'");
        assertThatThrownBy(
                        () ->
                                criteria(released.resolve("ICT"))
                                        .optArgument("reward", "hp")
                                        .build()
                                        .loadModel())
                .hasMessageContaining("hp_backbone");
        Path damaged = Files.createDirectory(temporary.resolve("damaged"));
        Files.writeString(damaged.resolve("model.safetensors"), "no weights");
        assertThatThrownBy(() -> criteria(damaged).build().loadModel())
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContaining("model.safetensors");
    }

    @Test
    void neverIsTheDefaultEngineAndTakesNoOtherModels() throws Exception {
        assertThat(Engine.getDefaultEngineName()).isEqualTo("PyTorch");
        assertThat(Engine.getEngine(RewardEngine.NAME).getVersion()).isNotEmpty();
        try (ZooModel<PromptImage, RewardScore> model = criteria(released).build().loadModel()) {
            assertThatThrownBy(() -> model.newPredictor(Device.gpu(7)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("optDevice");
        }
        try (Model other = Model.newInstance("other", Devices.tested(), "PyTorch")) {
            assertThatThrownBy(
                            () ->
                                    new RewardTranslatorFactory()
                                            .newInstance(
                                                    PromptImage.class,
                                                    RewardScore.class,
                                                    other,
                                                    Map.of()))
                    .isInstanceOf(TranslateException.class)
                    .hasMessageContaining("optEngine(RewardEngine.NAME)");
        }
    }
}
