package io.github.icthp.diffusion.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What every family of transformers must reproduce of diffusers' values. */
public abstract class TransformerParity {

    private final String area;
    private final TransformerCase.Family family;

    protected TransformerParity(String area, TransformerCase.Family family) {
        this.area = area;
        this.family = family;
    }

    /** Checks recorded activations; {@code states} lie between the stages. */
    protected abstract void checkTrace(TransformerCase c, List<List<NDArray>> states);

    /** The float32 results that bfloat16's are compared to, in the order of the names. */
    protected abstract List<float[]> bfloat16Reference(TransformerCase float32);

    private Stream<DynamicTest> cases(DType type, Consumer<TransformerCase> check) {
        return Golden.cases(area).stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            try (TransformerCase c =
                                                    new TransformerCase(folder, family, type)) {
                                                check.accept(c);
                                            }
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> velocityAndGradientsOfTheWholeGraph() {
        return cases(
                DType.FLOAT32,
                c -> {
                    List<NDArray> results = c.wholeGraph(c.conditioning(), c.timesteps());
                    for (int i = 0; i < results.size(); i++) {
                        c.assertClose(TransformerCase.RESULTS.get(i), results.get(i));
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> velocityInInference() {
        return cases(
                DType.FLOAT32,
                c ->
                        c.assertPicture(
                                "output",
                                Autograd.in(
                                        Mode.INFERENCE,
                                        () ->
                                                c.transformer()
                                                        .predict(
                                                                c.latents(),
                                                                c.timesteps(),
                                                                c.conditioning()))));
    }

    @TestFactory
    Stream<DynamicTest> latentGradientBlockByBlock() {
        return cases(
                DType.FLOAT32,
                c -> {
                    try (PreparedDenoiser field = c.field();
                            DenoiserPass pass = field.pass(0, c.latents(), true)) {
                        c.assertPicture("output", pass.prediction());
                        NDArray gradient =
                                pass.backward(c.direction(), (name, g) -> {}).orElseThrow();
                        c.assertPicture("grad_hidden_states", gradient);
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> activations() {
        return cases(
                DType.FLOAT32,
                c -> {
                    try (PreparedDenoiser field = c.field();
                            DenoiserPass pass = field.pass(0, c.latents(), true)) {
                        checkTrace(c, pass.states());
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> bfloat16() {
        return Golden.cases(area).stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            List<float[]> reference;
                                            try (TransformerCase wide =
                                                    new TransformerCase(
                                                            folder, family, DType.FLOAT32)) {
                                                reference = bfloat16Reference(wide);
                                            }
                                            try (TransformerCase c =
                                                    new TransformerCase(
                                                            folder, family, DType.BFLOAT16)) {
                                                checkBfloat16(c, reference);
                                            }
                                        }));
    }

    private static void checkBfloat16(TransformerCase c, List<float[]> reference) {
        JsonObject bounds =
                c.json().getAsJsonObject("bf16").getAsJsonObject("suggested_relative_l2_tolerance");
        List<NDArray> results = c.wholeGraph(c.conditioning(), c.timesteps());
        for (int i = 0; i < results.size(); i++) {
            String name = TransformerCase.RESULTS.get(i);
            assertThat(Tensors.dtype(results.get(i))).isEqualTo(DType.BFLOAT16);
            assertThat(relativeL2(Tensors.toFloats(results.get(i)), reference.get(i)))
                    .as(name)
                    .isLessThanOrEqualTo(bounds.get(name).getAsDouble());
        }
    }

    private static double relativeL2(float[] found, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }
}
