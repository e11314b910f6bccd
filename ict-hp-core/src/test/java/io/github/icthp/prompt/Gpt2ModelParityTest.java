package io.github.icthp.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Splitter;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Logits, hidden states and the cache of every model, from every file of its weights. */
class Gpt2ModelParityTest {

    private static final List<String> FILES =
            List.of("model.safetensors", "pytorch_model.bin", "bare/model.safetensors");

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("prompt/gpt2").stream()
                .flatMap(
                        folder ->
                                FILES.stream()
                                        .map(folder::resolve)
                                        .filter(Files::exists)
                                        .map(
                                                file ->
                                                        DynamicTest.dynamicTest(
                                                                folder.getFileName()
                                                                        + " "
                                                                        + folder.relativize(file),
                                                                () -> check(folder, file))));
    }

    private static Gpt2Model load(Path folder, Path file, DType type) {
        try (Weights weights = Weights.open(file)) {
            return Gpt2Model.load(
                    weights,
                    Gpt2Config.read(folder.resolve("config.json")),
                    Devices.tested(),
                    type);
        }
    }

    private static void check(Path folder, Path file) {
        Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    TensorScope scope = TensorScope.open(Devices.tested());
                    try (scope;
                            Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                            Gpt2Model model = load(folder, file, DType.FLOAT32)) {
                        values(folder, inputs, model);
                        half(folder, file, inputs);
                    }
                    return true;
                });
    }

    private static void values(Path folder, Expected inputs, Gpt2Model model) {
        JsonObject bounds = Golden.json(folder.resolve("case.json")).getAsJsonObject("tolerances");
        try (Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
            long[][] a = inputs.rows("a.input_ids");
            NDList trace = model.trace(a);
            NDList cached = model.cachedLogits(a, 3);
            int layers = model.config().layers();
            for (String name : expected.names()) {
                double bound =
                        bounds.getAsJsonObject(name).get("suggested_abs_tolerance").getAsDouble();
                List<String> parts = Splitter.on('.').splitToList(name);
                String end = parts.get(parts.size() - 1);
                int last = end.matches("\\d+") ? Integer.parseInt(end) : 0;
                NDArray actual;
                if (name.startsWith("a.hidden_states.")) {
                    actual = trace.get(last);
                } else if (name.equals("cache.step_logits")) {
                    actual = cached.get(0);
                } else if (name.startsWith("cache.keys.")) {
                    actual = shaped(cached.get(1 + last), expected.get(name));
                } else if (name.startsWith("cache.values.")) {
                    actual = shaped(cached.get(1 + layers + last), expected.get(name));
                } else if (name.equals("padded.logits")) {
                    long[][] rows = unpadded(inputs);
                    actual = withZeros(model.logits(rows), rows);
                } else {
                    actual = model.logits(inputs.rows(name.replace(".logits", ".input_ids")));
                }
                expected.assertClose(name, actual, bound);
            }
            assertThat(expected.names()).contains("a.logits", "padded.logits", "cache.keys.0");
        }
    }

    private static NDArray shaped(NDArray cache, NDArray like) {
        return cache.reshape(like.getShape());
    }

    private static long[][] unpadded(Expected inputs) {
        long[][] ids = inputs.rows("padded.input_ids");
        long[][] mask = inputs.rows("padded.attention_mask");
        long[][] rows = new long[ids.length][];
        for (int r = 0; r < ids.length; r++) {
            int tokens = (int) Arrays.stream(mask[r]).sum();
            rows[r] = Arrays.copyOfRange(ids[r], ids[r].length - tokens, ids[r].length);
        }
        return rows;
    }

    private static NDArray withZeros(NDArray logits, long[][] rows) {
        Shape shape = logits.getShape();
        int width = (int) shape.get(2);
        int length = (int) shape.get(1);
        float[] values = Tensors.toFloats(logits);
        for (int r = 0; r < rows.length; r++) {
            int from = r * length * width;
            Arrays.fill(values, from, from + (length - rows[r].length) * width, 0f);
        }
        return Tensors.of(values, shape.getShape());
    }

    private static void half(Path folder, Path file, Expected inputs) {
        Path values = folder.resolve("expected_bf16.safetensors");
        if (!Files.exists(values)) {
            return;
        }
        double bound =
                Golden.json(folder.resolve("case.json"))
                        .get("bf16_relative_l2_bound")
                        .getAsDouble();
        try (Gpt2Model model = load(folder, file, DType.BFLOAT16);
                Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
            float[] actual = Tensors.toFloats(model.logits(inputs.rows("a.input_ids")));
            float[] whole = expected.floats("a.logits");
            double difference = 0;
            double square = 0;
            for (int i = 0; i < whole.length; i++) {
                difference += Math.pow(actual[i] - whole[i], 2);
                square += Math.pow(whole[i], 2);
            }
            assertThat(Math.sqrt(difference / square)).isLessThanOrEqualTo(bound);
        }
    }
}
