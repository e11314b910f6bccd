package io.github.icthp.diffusion.vae;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.torch.staged.StagedPass;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Autoencoders against diffusers: pixels, latents, activations and gradients. */
class VaeParityTest {

    private static final TorchProgram REFERENCE =
            TorchProgram.ofText(
                    "reference",
                    """
                    class Ops(Module):
                      __parameters__ = []
                      __buffers__ = []
                      training : bool
                      def sum_product(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:
                        return torch.sum(x * y)
                      def norm(self: __torch__.Ops, x: Tensor, w: Dict[str, Tensor], g: int) -> Tensor:
                        weight = w["conv_norm_out.weight"]
                        return torch.group_norm(x, g, weight, w["conv_norm_out.bias"], 1e-06)
                    """);

    @TestFactory
    Stream<DynamicTest> decodes() {
        return cases(
                DType.FLOAT32,
                run -> {
                    NDArray latents = run.io.get("latents");
                    run.assertClose("decoded", run.vae.decodeUnscaled(latents));
                    run.assertClose("decoded_from_pipeline_latents", run.vae.decode(latents));
                });
    }

    @TestFactory
    Stream<DynamicTest> decodesInInference() {
        return cases(
                DType.FLOAT32,
                run ->
                        Autograd.in(
                                Mode.INFERENCE,
                                () -> {
                                    NDArray latents = run.io.get("latents");
                                    run.assertClose("decoded", run.vae.decodeUnscaled(latents));
                                    return latents;
                                }));
    }

    @TestFactory
    Stream<DynamicTest> activations() {
        return cases(DType.FLOAT32, Run::assertTrace);
    }

    @TestFactory
    Stream<DynamicTest> gradientsOfTheWholeGraph() {
        return cases(
                DType.FLOAT32,
                run -> {
                    NDArray latents = Autograd.leaf(run.io.get("latents"));
                    NDArray decoded = run.vae.decodeUnscaled(latents);
                    NDArray squares = REFERENCE.call("sum_product", decoded, decoded);
                    run.assertClose("grad_latents_sum_squares", gradient(squares, null, latents));
                    decoded = run.vae.decodeUnscaled(latents);
                    NDArray direction = run.io.get("direction");
                    run.assertClose(
                            "grad_latents_direction", gradient(decoded, direction, latents));
                });
    }

    @TestFactory
    Stream<DynamicTest> gradientsStageByStage() {
        return cases(
                DType.FLOAT32,
                run -> {
                    Pullback decoded = VaeStage.pullback(run.vae.decoder(), run.io.get("latents"));
                    run.assertClose("decoded", decoded.value());
                    NDArray gradient = decoded.vjp().apply(run.io.get("direction"));
                    run.assertClose("grad_latents_direction", gradient);
                });
    }

    @TestFactory
    Stream<DynamicTest> encodes() {
        return cases(
                DType.FLOAT32,
                run -> {
                    NDArray image = run.io.get("image");
                    LatentDistribution found = run.vae.distribution(image);
                    run.assertClose("encoded_mean", found.mean());
                    run.assertClose("encoded_logvar", found.logVariance());
                    run.assertClose("encoded_std", found.standardDeviation());
                    run.assertClose("encoded_scaled", run.vae.encode(image));
                });
    }

    /** Rounding differs from run to run of PyTorch itself: as far from float32 as its own run. */
    @TestFactory
    Stream<DynamicTest> bfloat16() {
        return cases(
                DType.BFLOAT16,
                run -> {
                    try (Expected bf16 = Expected.open(run.folder.resolve("bf16.safetensors"))) {
                        NDArray decoded = run.vae.decodeUnscaled(bf16.get("latents"));
                        assertThat(Tensors.dtype(decoded)).isEqualTo(DType.BFLOAT16);
                        float[] found = Tensors.toFloats(decoded);
                        double rounding = run.json.get("bf16_relative_l2_to_float32").getAsDouble();
                        assertThat(relativeL2(found, run.io.floats("decoded")))
                                .isLessThan(1.25 * rounding);
                        assertThat(relativeL2(found, bf16.floats("decoded")))
                                .isLessThan(1.25 * rounding);
                    }
                });
    }

    private static NDArray gradient(NDArray output, NDArray upstream, NDArray input) {
        return Autograd.gradients(output, upstream, List.of(input)).get(0).orElseThrow();
    }

    private static double relativeL2(float[] found, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    /** Every folder with a model: each case's own, and the same weights under old names. */
    private static Stream<DynamicTest> cases(DType type, Consumer<Run> check) {
        return Golden.some(
                        "autoencoders",
                        Golden.cases("diffusion/vae").stream()
                                .flatMap(
                                        folder ->
                                                Stream.of("vae", "vae_old_names")
                                                        .map(folder::resolve)
                                                        .filter(Files::isDirectory)))
                .map(
                        model ->
                                DynamicTest.dynamicTest(
                                        model.getParent().getFileName() + " " + model.getFileName(),
                                        () -> {
                                            try (Run run = new Run(model, type)) {
                                                check.accept(run);
                                            }
                                        }));
    }

    private static final class Run implements AutoCloseable {

        final TensorScope scope = TensorScope.open(Devices.tested());
        final Path folder;
        final JsonObject json;
        final Expected io;
        final AutoencoderKl vae;

        Run(Path model, DType type) {
            folder = model.getParent();
            json = Golden.json(folder.resolve("case.json"));
            io = Expected.open(folder.resolve("io.safetensors"));
            vae = AutoencoderKl.load(model, Devices.tested(), type);
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
            StagedPass pass =
                    StagedPass.record(
                            vae.decoder(),
                            PassInputs.differentiated(io.get("latents")),
                            Activations.recomputed());
            // The first stage and the last one only arrange values in memory.
            List<List<NDArray>> states = pass.states().subList(1, pass.states().size() - 2);
            Map<String, NDArray> found =
                    activations(states.stream().map(state -> state.get(0)).toList());
            try (Expected trace = Expected.open(folder.resolve("trace.safetensors"))) {
                assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(trace.names());
                found.forEach(
                        (name, value) -> trace.assertClose(name, value, tolerance("decoded")));
            }
        }

        /** What leaves a stage is what the next one is given. */
        private Map<String, NDArray> activations(List<NDArray> inputs) {
            VaeConfig config = vae.config();
            int next = config.postQuantConv() ? 2 : 1;
            Map<String, NDArray> found = new LinkedHashMap<>();
            found.put("conv_in", inputs.get(next));
            found.put("mid_block.resnets.0", inputs.get(++next));
            if (config.midAttention()) {
                found.put("mid_block.attentions.0", inputs.get(++next));
            }
            found.put("mid_block", inputs.get(++next));
            next += config.layersPerBlock() + 1;
            boolean upsamples = config.blockChannels().size() > 1;
            found.put("up_blocks.0", inputs.get(upsamples ? next + 1 : next));
            VaeStage head = (VaeStage) vae.decoder().get(inputs.size());
            found.put(
                    "conv_norm_out",
                    REFERENCE.call(
                            "norm", inputs.get(inputs.size() - 1), head.weights(), head.groups()));
            return found;
        }

        @Override
        public void close() {
            vae.close();
            io.close();
            scope.close();
        }
    }
}
