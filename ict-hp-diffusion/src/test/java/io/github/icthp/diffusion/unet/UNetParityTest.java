package io.github.icthp.diffusion.unet;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.DenoiserPass;
import io.github.icthp.diffusion.model.PassBoundaries;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * UNets against diffusers: predictions, gradients of inputs, activations between all parts, odd
 * sizes, bfloat16; names and shapes of the published models. Every case of the area is run.
 */
class UNetParityTest {

    @TempDir Path folder;

    private static Stream<DynamicTest> cases(DType type, Consumer<UNetCase> check) {
        return Golden.cases("unet/unet").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            try (UNetCase c = new UNetCase(folder, type)) {
                                                check.accept(c);
                                            }
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> predictionAndGradientsOfTheWholeGraph() {
        return cases(DType.FLOAT32, UNetParityTest::checkGradients);
    }

    private static void checkGradients(UNetCase c) {
        Conditioning given = c.conditioning("");
        NDArray x = Autograd.leaf(c.input("sample"));
        NDArray text = Autograd.leaf(given.tokens());
        NDArray pooled = Autograd.leaf(given.pooled());
        NDArray output =
                c.unet()
                        .predict(
                                x,
                                c.timesteps(""),
                                new Conditioning(text, pooled, List.of(), given.sizes()));
        Map<String, NDArray> wanted = new LinkedHashMap<>();
        wanted.put("grad_sample", x);
        wanted.put("grad_encoder_hidden_states", text);
        if (c.unet().config().added().isPresent()) {
            wanted.put("grad_text_embeds", pooled);
        }
        assertThat(c.results()).containsAll(wanted.keySet()).hasSize(wanted.size() + 2);
        c.assertClose("output", output);
        var found = Autograd.gradients(output, c.input("direction"), List.copyOf(wanted.values()));
        int next = 0;
        for (String name : wanted.keySet()) {
            c.assertClose(name, found.get(next++).orElseThrow());
        }
    }

    @TestFactory
    Stream<DynamicTest> sizesThatAreNoMultiplesOfTheDownSampling() {
        return cases(
                DType.FLOAT32,
                c ->
                        c.assertClose(
                                "odd.output",
                                Autograd.in(
                                        Mode.INFERENCE,
                                        () ->
                                                c.unet()
                                                        .predict(
                                                                c.input("odd.sample"),
                                                                c.timesteps("odd."),
                                                                c.conditioning("odd.")))));
    }

    @TestFactory
    Stream<DynamicTest> blockByBlock() {
        return cases(
                DType.FLOAT32,
                c -> {
                    try (PreparedDenoiser field = c.field();
                            DenoiserPass pass = field.pass(0, c.input("sample"), true)) {
                        c.assertClose("output", pass.prediction());
                        c.assertClose(
                                "grad_sample",
                                pass.backward(c.input("direction"), (name, gradient) -> {})
                                        .orElseThrow());
                    }
                });
    }

    /** All parts between stages; of an attention its entry and its result. */
    @TestFactory
    Stream<DynamicTest> activations() {
        return cases(DType.FLOAT32, UNetParityTest::checkTrace);
    }

    private static void checkTrace(UNetCase c) {
        JsonObject tolerances = c.json().getAsJsonObject("trace_tolerances");
        try (Expected trace = c.open("trace.safetensors");
                PreparedDenoiser field = c.field();
                DenoiserPass pass = field.pass(0, c.input("sample"), true)) {
            List<List<NDArray>> states = PassBoundaries.of(pass);
            int checked = 0;
            for (int i = 0; i < c.unet().stages().size(); i++) {
                String name = ((UNetStage) c.unet().stages().get(i)).path();
                if (trace.names().contains(name)) {
                    NDArray x = states.get(i + 1).get(0);
                    trace.assertClose(
                            name,
                            name.endsWith("proj_in") ? image(x, trace.get(name)) : x,
                            tolerances.get(name).getAsDouble());
                    checked++;
                }
            }
            long parts =
                    trace.names().stream()
                            .filter(n -> n.matches("conv_in|.*(resnets|attentions|samplers).\\d+"))
                            .count();
            assertThat(checked).isGreaterThanOrEqualTo((int) parts);
            checkTime(c, trace, tolerances);
        }
    }

    /** An attention's tokens are its convolution's pixels, but not where it is linear. */
    private static NDArray image(NDArray tokens, NDArray expected) {
        if (expected.getShape().dimension() == 3) {
            return tokens;
        }
        return tokens.transpose(0, 2, 1).reshape(expected.getShape());
    }

    private static void checkTime(UNetCase c, Expected trace, JsonObject tolerances) {
        float[] times = c.timesteps("");
        NDArray found =
                c.unet().embedTime(Tensors.of(times, 1, times.length), c.conditioning("")).get(0);
        NDArray expected = trace.get("time_embedding");
        if (trace.names().contains("add_embedding")) {
            expected = expected.add(trace.get("add_embedding"));
        }
        Expected.assertClose(
                "time",
                Tensors.toFloats(found),
                Tensors.toFloats(expected),
                2 * tolerances.get("time_embedding").getAsDouble());
    }

    @TestFactory
    Stream<DynamicTest> bfloat16() {
        return cases(
                DType.BFLOAT16,
                c -> {
                    NDArray output =
                            Autograd.in(
                                    Mode.INFERENCE,
                                    () ->
                                            c.unet()
                                                    .predict(
                                                            c.input("sample"),
                                                            c.timesteps(""),
                                                            c.conditioning("")));
                    assertThat(Tensors.dtype(output)).isEqualTo(DType.BFLOAT16);
                    try (Expected io = c.open("io.safetensors")) {
                        assertThat(relative(Tensors.toFloats(output), io.floats("output")))
                                .isLessThanOrEqualTo(
                                        c.json().get("bf16_relative_l2_bound").getAsDouble());
                    }
                });
    }

    private static double relative(float[] found, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    /** The published UNets' names, shapes and numbers of parameters, without their weights. */
    @TestFactory
    Stream<DynamicTest> publishedNamesAndShapes() {
        JsonObject all = Golden.json(Golden.facts("unet/real_size").resolve("state_dicts.json"));
        Map<String, UNetConfig> presets =
                Map.of("sd15.unet", UNetConfig.sd15(), "sdxl.unet", UNetConfig.sdxl());
        return Golden.some(
                        "UNets", all.entrySet().stream().filter(e -> e.getKey().endsWith(".unet")))
                .map(
                        entry ->
                                DynamicTest.dynamicTest(
                                        entry.getKey(),
                                        () ->
                                                checkPublished(
                                                        entry.getValue().getAsJsonObject(),
                                                        presets.get(entry.getKey()))));
    }

    private void checkPublished(JsonObject published, UNetConfig preset) throws IOException {
        Path file = folder.resolve("config.json");
        UNetConfig config =
                UNetConfig.read(Files.writeString(file, published.get("config").toString()));
        assertThat(config).isEqualTo(preset);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        published
                .getAsJsonObject("tensors")
                .entrySet()
                .forEach(
                        e ->
                                shapes.put(
                                        e.getKey(),
                                        new Shape(
                                                e.getValue().getAsJsonArray().asList().stream()
                                                        .mapToLong(JsonElement::getAsLong)
                                                        .toArray())));
        assertThat(UNet.shapes(config)).containsExactlyInAnyOrderEntriesOf(shapes);
        assertThat(UNet.check(config, shapes, "published")).isNotEmpty();
        assertThat(shapes.values().stream().mapToLong(Shape::size).sum())
                .isEqualTo(published.get("parameters").getAsLong());
    }
}
