package io.github.icthp.diffusion.lora;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.DenoiserPass;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.text.ClipText;
import io.github.icthp.diffusion.text.ClipTextConfig;
import io.github.icthp.diffusion.text.ClipTextEncoder;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetCase;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Trainable;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Adapters on UNets and their text encoders against diffusers, in every naming of the area: outputs
 * as trained, loaded, weakened and fused, gradients by one graph and block by block, hidden states
 * of text encoders, and the files that are written.
 */
class UNetLoraParityTest {

    private static final double TEXT = 1e-4;

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> adapters() {
        return cases((c, expected) -> c.checkOutputs(expected));
    }

    @TestFactory
    Stream<DynamicTest> gradients() {
        return cases((c, expected) -> c.checkGradients(expected));
    }

    @TestFactory
    Stream<DynamicTest> textEncoders() {
        return cases((c, expected) -> c.checkText(expected));
    }

    @TestFactory
    Stream<DynamicTest> writtenFiles() {
        return cases((c, expected) -> c.checkWritten(expected, temporary));
    }

    private interface Check {
        void of(Case c, Expected expected);
    }

    private static Stream<DynamicTest> cases(Check check) {
        return Golden.cases("unet/lora").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getParent().getFileName()
                                                + " "
                                                + folder.getFileName(),
                                        () -> run(folder, check)));
    }

    private static void run(Path folder, Check check) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        // Files in older names hold the values of another case.
        Path values =
                json.has("same_values_as")
                        ? folder.resolve(json.get("same_values_as").getAsString()).normalize()
                        : folder;
        TensorScope.run(
                Devices.tested(),
                () -> {
                    try (Expected expected = Expected.open(values.resolve("expected.safetensors"));
                            Case c = new Case(folder, Golden.json(values.resolve("case.json")))) {
                        check.of(c, expected);
                    }
                });
    }

    private static final class Case implements AutoCloseable {

        private final JsonObject json;
        private final Path file;
        private final Path base;
        private final Expected io;
        private final UNet unet;

        Case(Path folder, JsonObject json) {
            this.json = json;
            this.file =
                    Stream.of("lora", "kohya.safetensors")
                            .map(folder::resolve)
                            .filter(Files::exists)
                            .findFirst()
                            .orElse(folder);
            Path family = folder.getParent();
            JsonObject bases = Golden.json(family.resolveSibling("base.json"));
            this.base =
                    family.resolveSibling(bases.get(family.getFileName().toString()).getAsString())
                            .normalize();
            this.io = Expected.open(family.resolve("io.safetensors"));
            this.unet = UNetCase.load(base.resolve("unet"), DType.FLOAT32);
        }

        private NDArray output() {
            return unet.predict(
                    io.get("sample"),
                    io.floats("timestep"),
                    UNetCase.conditioning(io, "", DType.FLOAT32));
        }

        private void assertOutput(Expected expected, String name) {
            if (expected.names().contains(name)) {
                double tolerance =
                        json.getAsJsonObject("tolerances")
                                .getAsJsonObject("output")
                                .get("suggested_abs_tolerance")
                                .getAsDouble();
                expected.assertClose(name, output(), tolerance);
            }
        }

        /** Trained adapters whose alpha the file has lost are stronger than loaded ones. */
        private double trainedScale() {
            boolean same =
                    !json.has("trained_equals_loaded")
                            || json.get("trained_equals_loaded").getAsBoolean();
            return same
                    ? 1
                    : json.get("alpha_used_in_training").getAsDouble()
                            / json.get("rank").getAsDouble();
        }

        void checkOutputs(Expected expected) {
            assertOutput(expected, "output_base");
            try (LoraAdapters lora = LoraAdapters.load(file, unet)) {
                assertThat(lora.unapplied().names().keySet())
                        .isSubsetOf(UnappliedTensors.Kind.TEXT_ENCODER);
                assertOutput(expected, "output_loaded");
                lora.scale(trainedScale());
                assertOutput(expected, "output_trained");
                lora.scale(0.5);
                assertOutput(expected, "output_loaded_scale_0_5");
                lora.scale(1);
                lora.fuse();
                assertOutput(expected, "output_fused");
                lora.unfuse();
                assertOutput(expected, "output_loaded");
            }
            assertOutput(expected, "output_base");
        }

        void checkGradients(Expected expected) {
            Map<String, String> golden = new LinkedHashMap<>();
            expected.names().stream()
                    .filter(name -> name.startsWith("grad."))
                    .forEach(name -> golden.put(name.substring("grad.".length()), name));
            if (golden.isEmpty()) {
                return;
            }
            try (LoraAdapters lora = LoraAdapters.load(file, unet)) {
                lora.scale(trainedScale());
                List<Trainable> trainables = lora.trainables();
                NDArray output = Autograd.in(Mode.GRADIENT, this::output);
                List<Optional<NDArray>> found =
                        Autograd.gradients(
                                output,
                                io.get("direction"),
                                trainables.stream().map(Trainable::model).toList());
                Map<String, float[]> whole = new LinkedHashMap<>();
                for (int i = 0; i < trainables.size(); i++) {
                    String name = trainables.get(i).name();
                    whole.put(name, Tensors.toFloats(found.get(i).orElseThrow()));
                }
                assertGradients(expected, golden, whole);
                assertGradients(expected, golden, blockByBlock());
            }
        }

        private Map<String, float[]> blockByBlock() {
            Map<String, float[]> found = new LinkedHashMap<>();
            try (PreparedDenoiser field =
                            Autograd.in(
                                    Mode.NO_GRADIENT,
                                    () ->
                                            unet.prepare(
                                                    UNetCase.conditioning(io, "", DType.FLOAT32),
                                                    new float[][] {io.floats("timestep")}));
                    DenoiserPass pass = field.pass(0, io.get("sample"), false)) {
                pass.backward(
                        io.get("direction"),
                        (name, gradient) -> found.put(name, Tensors.toFloats(gradient)));
            }
            return found;
        }

        private void assertGradients(
                Expected expected, Map<String, String> golden, Map<String, float[]> found) {
            assertThat(found.keySet()).isEqualTo(golden.keySet());
            double largest =
                    golden.values().stream()
                            .mapToDouble(name -> norm(expected.floats(name)))
                            .max()
                            .orElseThrow();
            double tolerance = json.getAsJsonObject("tolerances").get("gradient").getAsDouble();
            golden.forEach(
                    (name, stored) -> {
                        float[] wanted = expected.floats(stored);
                        float[] difference = found.get(name).clone();
                        assertThat(difference).as(name).hasSameSizeAs(wanted);
                        for (int i = 0; i < wanted.length; i++) {
                            difference[i] -= wanted[i];
                        }
                        assertThat(norm(difference))
                                .as(name)
                                .isLessThanOrEqualTo(
                                        tolerance * Math.max(norm(wanted), 1e-3 * largest));
                    });
        }

        private static double norm(float[] values) {
            double sum = 0;
            for (float value : values) {
                sum += (double) value * value;
            }
            return Math.sqrt(sum);
        }

        void checkText(Expected expected) {
            for (String part : List.of("text_encoder", "text_encoder_2")) {
                if (expected.names().stream().anyMatch(name -> name.startsWith(part + "."))) {
                    checkText(part, expected);
                }
            }
        }

        private void checkText(String part, Expected expected) {
            Path folder = base.resolve(part);
            boolean projected = part.endsWith("_2");
            ClipTextConfig config = ClipTextConfig.read(folder.resolve("config.json"), projected);
            AdaptableLayers layers =
                    new AdaptableLayers(unet.linears(), Map.of(part, config.linears()));
            long[][] ids = io.rows("text_ids");
            try (TextEncoderAdapters adapters = TextEncoderAdapters.load(file, part, layers, 1);
                    ClipTextEncoder plain =
                            ClipTextEncoder.load(folder, Devices.tested(), DType.FLOAT32);
                    ClipTextEncoder adapted =
                            ClipTextEncoder.load(
                                    folder, Devices.tested(), DType.FLOAT32, adapters::on)) {
                assertText(expected, part + ".base_last_hidden_state", plain.encode(ids).last());
                ClipText text = adapted.encode(ids);
                assertText(expected, part + ".last_hidden_state", text.last());
                assertText(expected, part + ".penultimate", text.penultimate(0));
                assertText(expected, part + ".text_embeds", text.pooled());
            }
        }

        private static void assertText(Expected expected, String name, NDArray found) {
            if (expected.names().contains(name)) {
                expected.assertClose(name, found, TEXT);
            }
        }

        /** Written files have diffusers' names and shapes, and are the same adapters again. */
        void checkWritten(Expected expected, Path folder) {
            for (LoraFormat format :
                    List.of(LoraFormat.DIFFUSERS, LoraFormat.PEFT, LoraFormat.KOHYA)) {
                Path copy = folder.resolve(format.name());
                try (LoraAdapters lora = LoraAdapters.load(file, unet)) {
                    lora.save(copy, format);
                }
                try (LoraAdapters again = LoraAdapters.load(copy, unet)) {
                    assertThat(again.unapplied().isEmpty()).isTrue();
                    assertOutput(expected, "output_loaded");
                }
                if (format == LoraFormat.DIFFUSERS && file.endsWith("lora")) {
                    assertThat(shapes(copy)).containsExactlyInAnyOrderEntriesOf(shapes(file));
                }
            }
        }

        private static Map<String, String> shapes(Path folder) {
            Map<String, String> shapes = new LinkedHashMap<>();
            try (Weights weights = Weights.open(folder.resolve(LoraFile.DIFFUSERS_FILE))) {
                for (String name : weights.names()) {
                    if (name.startsWith("unet.")) {
                        shapes.put(name, weights.info(name).shape().toString());
                    }
                }
            }
            return shapes;
        }

        @Override
        public void close() {
            io.close();
            unet.close();
        }
    }
}
