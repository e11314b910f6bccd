package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What holds of any weights: the processor's own layout, the order and the number of pairs. */
class BlipModelPropertyTest {

    private static final BertTokens TEXTS =
            BertTokens.of(
                    new long[][] {{2, 7, 9, 3, 0, 0}, {2, 5, 3, 0, 0, 0}, {2, 8, 6, 4, 9, 3}},
                    new int[] {4, 3, 6});

    @TempDir Path folder;

    /** A text encoder that stays in the file gives what one in memory gives, time and again. */
    @Test
    void textsReadTheFileAsTheyReadMemory() {
        BlipConfig config = TinyBlip.config(64, 64, 2);
        Path file = folder.resolve("model.safetensors");
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Weights drawn = RandomWeights.of(TinyBlip.shapes(config), 5);
                NDManager owner = Torch.manager(Device.cpu())) {
            Parameters all = Parameters.load(drawn, owner, DType.FLOAT32, Memory.OWNED);
            drawn.names().forEach(name -> all.tensor(name, drawn.info(name).shape().getShape()));
            SafetensorsWriter.write(file, all.finish(), Map.of());
        }
        try (Weights weights = Weights.open(file);
                BlipMatcher mapped =
                        BlipMatcher.load(
                                weights,
                                config,
                                Devices.tested(),
                                DType.FLOAT32,
                                BlipModel.Use.SCORING);
                BlipMatcher owned = load(config, DType.FLOAT32, BlipModel.Use.SCORING)) {
            float[] expected = logits(owned, 3, TEXTS, 0, 1, 2);
            for (int time = 0; time < 3; time++) {
                float[] found = logits(mapped, 3, TEXTS, 0, 1, 2);
                Expected.assertClose("logits", found, expected, 1e-6);
            }
        }
    }

    private static BlipMatcher load(BlipConfig config, DType type, BlipModel.Use use) {
        try (Weights weights = RandomWeights.of(TinyBlip.shapes(config), 5)) {
            return BlipMatcher.load(weights, config, Devices.tested(), type, use);
        }
    }

    private static NDArray pixels(int count) {
        return Tensors.of(RandomWeights.values(count * 19200, 3, 1), count, 3, 80, 80);
    }

    private static float[] logits(BlipMatcher matcher, int images, BertTokens texts, int... image) {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    return TensorScope.call(
                            Devices.tested(),
                            () -> {
                                NDArray tokens = matcher.model().encodeImages(pixels(images));
                                return Tensors.toFloats(matcher.logits(tokens, texts, image));
                            });
                });
    }

    @ParameterizedTest
    @CsvSource({
        "64, 64, 2, FLOAT32, 2e-5",
        "128, 64, 4, FLOAT32, 2e-5",
        "72, 64, 2, FLOAT32, 2e-5",
        "64, 72, 2, FLOAT32, 2e-5",
        "128, 64, 4, BFLOAT16, 0.05",
        "72, 64, 2, BFLOAT16, 0.05"
    })
    void scoringEqualsTheDifferentiableModel(
            int vision, int text, int heads, DType type, double tolerance) {
        BlipConfig config = TinyBlip.config(vision, text, heads);
        try (BlipMatcher fast = load(config, type, BlipModel.Use.SCORING);
                BlipMatcher plain = load(config, DType.FLOAT32, BlipModel.Use.GRADIENTS)) {
            float[] expected = logits(plain, 3, TEXTS, 0, 1, 2);
            Expected.assertClose("logits", logits(fast, 3, TEXTS, 0, 1, 2), expected, tolerance);
        }
    }

    @Test
    void pairsScoreAsTheyDoAloneWhateverTheirOrderAndNumber() {
        BlipConfig config = TinyBlip.config(64, 64, 2);
        try (BlipMatcher matcher = load(config, DType.FLOAT32, BlipModel.Use.SCORING)) {
            BertTokens six = TEXTS.select(0, 1, 2, 0, 1, 2);
            float[] grid = logits(matcher, 2, six, 0, 0, 0, 1, 1, 1);
            float[] mixed = logits(matcher, 2, TEXTS.select(2, 0, 1, 0), 1, 1, 0, 0);
            Expected.assertClose("2 with 1", row(mixed, 0), row(grid, 5), 1e-5);
            Expected.assertClose("0 with 1", row(mixed, 1), row(grid, 3), 1e-5);
            Expected.assertClose("1 with 0", row(mixed, 2), row(grid, 1), 1e-5);
            Expected.assertClose("0 with 0", row(mixed, 3), row(grid, 0), 1e-5);
            float[] alone = logits(matcher, 1, TEXTS.select(1), 0);
            Expected.assertClose("alone", alone, row(grid, 1), 1e-5);
        }
    }

    private static float[] row(float[] logits, int pair) {
        return new float[] {logits[2 * pair], logits[2 * pair + 1]};
    }

    /** More images than one product takes. */
    @Test
    void manyImagesAreEncodedAsFewAre() {
        BlipConfig config = TinyBlip.config(64, 64, 2);
        BertTokens texts = TEXTS.select(0, 1, 2);
        try (BlipMatcher fast = load(config, DType.FLOAT32, BlipModel.Use.SCORING);
                BlipMatcher plain = load(config, DType.FLOAT32, BlipModel.Use.GRADIENTS)) {
            float[] expected = logits(plain, 27, texts, 0, 13, 26);
            Expected.assertClose("logits", logits(fast, 27, texts, 0, 13, 26), expected, 2e-5);
        }
    }

    @Test
    void paddingAndWhatLiesBehindItNeverCount() {
        BlipConfig config = TinyBlip.config(64, 64, 2);
        try (BlipMatcher matcher = load(config, DType.FLOAT32, BlipModel.Use.SCORING)) {
            BertTokens padded = BertTokens.of(new long[][] {{2, 5, 3, 9, 9}}, new int[] {3});
            BertTokens both =
                    BertTokens.of(
                            new long[][] {{2, 5, 3, 9, 9}, {2, 4, 4, 4, 3}}, new int[] {3, 5});
            float[] alone = logits(matcher, 1, padded, 0);
            Expected.assertClose(
                    "longer neighbor", row(logits(matcher, 1, both, 0, 0), 0), alone, 1e-5);
            float[] attended = logits(matcher, 1, BertTokens.of(padded.ids(), new int[] {5}), 0);
            assertThat(Math.abs(attended[0] - alone[0])).isGreaterThan(1e-4f);
        }
    }

    @Test
    void eachIsTheNumberOfTextsOfEveryImage() {
        assertThat(BlipText.each(new int[] {0, 0, 1, 1}, 2)).isEqualTo(2);
        assertThat(BlipText.each(new int[] {0, 1, 2}, 3)).isEqualTo(1);
        assertThat(BlipText.each(new int[] {0, 1, 0, 1}, 2)).isZero();
        assertThat(BlipText.each(new int[] {0, 0}, 2)).isZero();
        assertThat(BlipText.each(new int[] {0, 0, 1}, 2)).isZero();
    }

    @Test
    void whatIsOutOfRangeIsNamed() {
        BlipConfig config = TinyBlip.config(64, 64, 2);
        try (BlipMatcher matcher = load(config, DType.FLOAT32, BlipModel.Use.SCORING)) {
            assertThatThrownBy(() -> logits(matcher, 1, TEXTS, 0, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("images from 0 to 0, got 1");
            assertThatThrownBy(() -> logits(matcher, 1, TEXTS, 0))
                    .hasMessageContaining("an image for each of 3 texts, got 1");
            BertTokens unknown = BertTokens.of(new long[][] {{2, 12, 3}}, new int[] {3});
            assertThatThrownBy(() -> logits(matcher, 1, unknown, 0))
                    .hasMessageContaining("token id 12 is outside the vocabulary of 12");
            BertTokens longer = BertTokens.of(new long[][] {new long[9]}, new int[] {9});
            assertThatThrownBy(() -> logits(matcher, 1, longer, 0))
                    .hasMessageContaining("at most 8 tokens")
                    .hasMessageContaining("up to 9");
        }
    }

    @Test
    void loadingIsStrictButForWhatTrainingLeavesBeside() {
        BlipConfig config = TinyBlip.config(64, 64, 2);
        Map<String, Shape> shapes = new TreeMap<>(TinyBlip.shapes(config));
        shapes.put("temp", new Shape());
        shapes.put("image_queue", new Shape(10, 3));
        shapes.put("queue_ptr", new Shape(1));
        shapes.put("visual_encoder_m.cls_token", new Shape(1, 1, 64));
        shapes.put("text_proj_m.weight", new Shape(10, 64));
        shapes.put("text_decoder.cls.predictions.bias", new Shape(12));
        shapes.put("text_encoder.embeddings.position_ids", new Shape(1, 8));
        loadAndClose(shapes, config);
        for (String other : new String[] {"temperature", "visual_encoder_x.a", "itm_head.scale"}) {
            shapes.put(other, new Shape(1));
            assertThatThrownBy(() -> loadAndClose(shapes, config))
                    .isInstanceOf(WeightsMismatchException.class)
                    .hasMessageContaining(other);
            shapes.remove(other);
        }
        shapes.remove("itm_head.bias");
        assertThatThrownBy(() -> loadAndClose(shapes, config))
                .hasMessageContaining("itm_head.bias");
        assertThatThrownBy(() -> loadAndClose(shapes, TinyBlip.config(72, 64, 2)))
                .hasMessageContaining("vision_model.embeddings.class_embedding");
    }

    private static void loadAndClose(Map<String, Shape> shapes, BlipConfig config) {
        try (Weights weights = RandomWeights.of(shapes, 5);
                BlipMatcher matcher =
                        BlipMatcher.load(
                                weights,
                                config,
                                Devices.tested(),
                                DType.FLOAT32,
                                BlipModel.Use.GRADIENTS)) {
            assertThat(matcher.model().config()).isEqualTo(config);
        }
    }
}
