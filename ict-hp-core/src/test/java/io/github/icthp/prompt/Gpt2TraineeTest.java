package io.github.icthp.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.tokenizer.FreshTokenizer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class Gpt2TraineeTest {

    private static final List<String> TEXTS = List.of("a red star, in warm light", "a red star");

    @TempDir private Path folder;
    private Gpt2Config config = Gpt2Config.promptExtend();

    @BeforeEach
    void writesATokenizer() {
        int vocabulary =
                FreshTokenizer.writeGpt2(
                        List.of("a", "red", "star", "in", "warm", "light"),
                        folder.resolve("words"));
        config = new Gpt2Config(vocabulary, 24, 16, 2, 2, 64, true, 1e-5, true, false, true, 0);
    }

    private Gpt2Trainee fresh(long seed) {
        return Gpt2Trainee.fresh(config, seed, folder.resolve("words"), Device.cpu());
    }

    @Test
    void wordsAreSingleTokensAndAnyOtherTextIsSpelled() {
        try (Gpt2Tokenizer tokenizer = Gpt2Tokenizer.load(folder.resolve("words"))) {
            assertThat(tokenizer.encode(" red star, warm")).hasSize(4);
            long[] spelled = tokenizer.encode("a blue \u00e9t\u00e9 7");
            assertThat(tokenizer.decode(spelled, true)).isEqualTo("a blue \u00e9t\u00e9 7");
            assertThat(tokenizer.encode("<|endoftext|>")).containsExactly(0);
        }
    }

    /** The loss is that of the logits of the model that is loaded from what was written. */
    @Test
    void theLossIsThatOfTheModelThatIsWritten() {
        try (Gpt2Trainee trainee = fresh(3)) {
            trainee.write(folder.resolve("model"));
            double expected = 0;
            int count = 0;
            try (Gpt2Model model =
                            Gpt2Model.load(folder.resolve("model"), Device.cpu(), DType.FLOAT32);
                    Gpt2Tokenizer tokenizer = Gpt2Tokenizer.load(folder.resolve("model"))) {
                assertThat(model.config()).isEqualTo(config);
                for (String text : TEXTS) {
                    long[] row = tokenizer.encode(text + "<|endoftext|>");
                    for (int t = 1; t < row.length; t++) {
                        expected += surprise(model, row, t);
                        count++;
                    }
                }
            }
            int tokens = count;
            double mean = expected / tokens;
            TensorScope.run(
                    Device.cpu(),
                    () ->
                            assertThat(Tensors.toDouble(trainee.loss(TEXTS)))
                                    .isCloseTo(mean, within(1e-5)));
        }
    }

    private static double surprise(Gpt2Model model, long[] row, int at) {
        return TensorScope.call(
                Device.cpu(),
                () -> {
                    float[] all = Tensors.toFloats(model.logits(new long[][] {row}));
                    int v = model.config().vocabulary();
                    double sum = 0;
                    for (int i = 0; i < v; i++) {
                        sum += Math.exp(all[(at - 1) * v + i]);
                    }
                    return Math.log(sum) - all[(at - 1) * v + (int) row[at]];
                });
    }

    /** Central differences of some weights of every kind. */
    @Test
    void gradientsAreThoseOfTheLoss() {
        try (Gpt2Trainee trainee = fresh(4)) {
            trainee.trainable().values().forEach(t -> t.setRequiresGradient(true));
            for (String name :
                    List.of("wte.weight", "wpe.weight", "h.0.attn.c_attn.weight", "ln_f.bias")) {
                NDArray weight = trainee.trainable().get(name);
                TensorScope.run(
                        Device.cpu(),
                        () -> {
                            List<Optional<NDArray>> gradients =
                                    Autograd.in(
                                            Mode.GRADIENT,
                                            () ->
                                                    Autograd.gradients(
                                                            trainee.loss(TEXTS),
                                                            null,
                                                            List.of(weight)));
                            float[] gradient = Tensors.toFloats(gradients.get(0).orElseThrow());
                            int at = largest(gradient);
                            assertThat(gradient[at])
                                    .as(name)
                                    .isCloseTo(
                                            (float) slope(trainee, weight, at),
                                            within(0.02f * Math.abs(gradient[at])));
                        });
            }
        }
    }

    private static int largest(float[] values) {
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            at = Math.abs(values[i]) > Math.abs(values[at]) ? i : at;
        }
        return at;
    }

    private static double slope(Gpt2Trainee trainee, NDArray weight, int at) {
        return (moved(trainee, weight, at, 1e-2f) - moved(trainee, weight, at, -1e-2f)) / 2e-2;
    }

    private static double moved(Gpt2Trainee trainee, NDArray weight, int at, float by) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    float[] values = Tensors.toFloats(weight);
                    float[] other = values.clone();
                    other[at] += by;
                    long[] shape = weight.getShape().getShape();
                    Tensors.overwrite(weight, Tensors.of(other, shape));
                    double loss = Tensors.toDouble(trainee.loss(TEXTS));
                    Tensors.overwrite(weight, Tensors.of(values, shape));
                    return loss;
                });
    }

    @Test
    void theSeedDecidesTheWeights() {
        try (Gpt2Trainee first = fresh(1);
                Gpt2Trainee same = fresh(1);
                Gpt2Trainee other = fresh(2)) {
            assertThat(values(first)).isEqualTo(values(same)).isNotEqualTo(values(other));
        }
    }

    private static List<Float> values(Gpt2Trainee model) {
        Map<String, NDArray> tensors = model.trainable();
        return com.google.common.primitives.Floats.asList(
                Tensors.toFloats(tensors.get("h.1.mlp.c_fc.weight")));
    }

    @Test
    void refusesAnOutputLayerOfItsOwn() {
        Gpt2Config untied =
                new Gpt2Config(300, 24, 16, 2, 2, 64, true, 1e-5, true, false, false, 0);
        assertThatThrownBy(
                        () -> Gpt2Trainee.fresh(untied, 0, folder.resolve("words"), Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tied");
    }
}
