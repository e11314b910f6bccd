package io.github.icthp.diffusion.sd3;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.diffusion.Conditioning;
import io.github.icthp.diffusion.transformer.BlockwisePass;
import io.github.icthp.diffusion.transformer.Boundaries;
import io.github.icthp.diffusion.transformer.VelocityField;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** SD3 transformers against diffusers: velocities, activations and gradients. */
class Sd3ParityTest {

    private static final List<String> RESULTS =
            List.of(
                    "output",
                    "grad_hidden_states",
                    "grad_encoder_hidden_states",
                    "grad_pooled_projections");

    @TestFactory
    Stream<DynamicTest> velocityAndGradientsOfTheWholeGraph() {
        return cases(
                DType.FLOAT32,
                run -> {
                    List<NDArray> results = run.wholeGraph();
                    for (int i = 0; i < results.size(); i++) {
                        run.assertClose(RESULTS.get(i), results.get(i));
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> velocityInInference() {
        return cases(
                DType.FLOAT32,
                run ->
                        run.assertClose(
                                "output",
                                Autograd.in(
                                        Mode.INFERENCE,
                                        () ->
                                                run.transformer.velocity(
                                                        run.latents,
                                                        run.timesteps,
                                                        run.conditioning))));
    }

    @TestFactory
    Stream<DynamicTest> latentGradientBlockByBlock() {
        return cases(
                DType.FLOAT32,
                run -> {
                    try (VelocityField field = run.field();
                            BlockwisePass pass = field.pass(0, run.latents)) {
                        run.assertClose("output", pass.velocity());
                        NDArray gradient =
                                pass.gradients(run.direction, true).latents().orElseThrow();
                        run.assertClose("grad_hidden_states", gradient);
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> activations() {
        return cases(DType.FLOAT32, Run::assertTrace);
    }

    @TestFactory
    Stream<DynamicTest> bfloat16() {
        return cases(
                DType.BFLOAT16,
                run -> {
                    JsonObject bounds =
                            run.json
                                    .getAsJsonObject("bf16")
                                    .getAsJsonObject("suggested_relative_l2_tolerance");
                    List<NDArray> results = run.wholeGraph();
                    for (int i = 0; i < results.size(); i++) {
                        String name = RESULTS.get(i);
                        assertThat(Tensors.dtype(results.get(i))).isEqualTo(DType.BFLOAT16);
                        assertThat(run.relativeL2(name, results.get(i)))
                                .as(name)
                                .isLessThanOrEqualTo(bounds.get(name).getAsDouble());
                    }
                });
    }

    private static Stream<DynamicTest> cases(DType type, Consumer<Run> check) {
        return Golden.cases("diffusion/sd3").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            try (Run run = new Run(folder, type)) {
                                                check.accept(run);
                                            }
                                        }));
    }

    private static final class Run implements AutoCloseable {

        final TensorScope scope = TensorScope.open(Device.cpu());
        final JsonObject json;
        final Expected io;
        final Expected trace;
        final Sd3Transformer transformer;
        final NDArray latents;
        final NDArray direction;
        final float[] timesteps;
        final Conditioning conditioning;

        Run(Path folder, DType type) {
            json = Golden.json(folder.resolve("case.json"));
            io = Expected.open(folder.resolve("io.safetensors"));
            trace = Expected.open(folder.resolve("trace.safetensors"));
            Path model = folder.resolve("transformer");
            try (Weights weights = Weights.open(model)) {
                Sd3Config config = Sd3Config.read(model.resolve("config.json"));
                transformer =
                        Sd3Transformer.load(config, weights, Device.cpu(), type, Memory.MAPPED);
            }
            latents = input("hidden_states", type);
            direction = input("direction", type);
            timesteps = io.floats("timestep");
            conditioning =
                    new Conditioning(
                            input("encoder_hidden_states", type),
                            input("pooled_projections", type));
        }

        private NDArray input(String name, DType type) {
            return Tensors.cast(io.get(name), type);
        }

        VelocityField field() {
            return Autograd.in(
                    Mode.NO_GRADIENT,
                    () -> transformer.prepare(conditioning, new float[][] {timesteps}));
        }

        /** The velocity, and its gradients in the order of {@link #RESULTS}. */
        List<NDArray> wholeGraph() {
            NDArray x = Autograd.leaf(latents);
            NDArray text = Autograd.leaf(conditioning.tokens());
            NDArray pooled = Autograd.leaf(conditioning.pooled());
            NDArray velocity = transformer.velocity(x, timesteps, new Conditioning(text, pooled));
            List<NDArray> results = new java.util.ArrayList<>(List.of(velocity));
            Autograd.gradients(velocity, direction, List.of(x, text, pooled))
                    .forEach(gradient -> results.add(gradient.orElseThrow()));
            return results;
        }

        void assertClose(String name, NDArray actual) {
            io.assertClose(name, actual, tolerance(name));
        }

        private double tolerance(String name) {
            return json.getAsJsonObject("tolerances")
                    .getAsJsonObject(name)
                    .get("suggested_abs_tolerance")
                    .getAsDouble();
        }

        void assertTrace() {
            try (VelocityField field = field();
                    BlockwisePass pass = field.pass(0, latents)) {
                List<List<NDArray>> states = Boundaries.of(pass);
                double tolerance = tolerance("output");
                trace.assertClose("pos_embed", states.get(1).get(0), tolerance);
                trace.assertClose("context_embedder", states.get(1).get(1), tolerance);
                for (int i = 0; i < transformer.config().layers(); i++) {
                    List<NDArray> state = states.get(i + 2);
                    trace.assertClose("block." + i + ".image", state.get(0), tolerance);
                    boolean last = i == transformer.config().layers() - 1;
                    assertThat(state).hasSize(last ? 1 : 2);
                    if (!last) {
                        trace.assertClose("block." + i + ".context", state.get(1), tolerance);
                    }
                }
                float[] positions =
                        Tensors.toFloats(
                                transformer.positions(transformer.size(latents), 0).get(0));
                assertThat(positions).isEqualTo(trace.floats("cropped_pos_embed"));
            }
        }

        double relativeL2(String name, NDArray actual) {
            float[] expected = io.floats(name);
            float[] found = Tensors.toFloats(actual);
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < expected.length; i++) {
                difference += Math.pow(found[i] - expected[i], 2);
                norm += Math.pow(expected[i], 2);
            }
            return Math.sqrt(difference / norm);
        }

        @Override
        public void close() {
            trace.close();
            io.close();
            transformer.close();
            scope.close();
        }
    }
}
