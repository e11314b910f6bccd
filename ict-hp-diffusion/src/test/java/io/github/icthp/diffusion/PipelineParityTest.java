package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.flux.FluxLatents;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Whole pipelines against diffusers: embeddings, schedules, every step, pictures. */
class PipelineParityTest {

    private static final double LATENTS = 1e-4;
    private static final double DECODED = 5e-4;
    private static final double IMAGE = 2e-4;

    /** The noise of float32 may turn a value this near to a half into the next level. */
    private static final double NEAR_HALF = 0.05;

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> pictures() {
        return cases("pipeline")
                .flatMap(
                        folder ->
                                runs(folder).stream()
                                        .map(
                                                run ->
                                                        DynamicTest.dynamicTest(
                                                                folder.getFileName()
                                                                        + " "
                                                                        + run.name(),
                                                                () ->
                                                                        new Case(folder)
                                                                                .check(run))));
    }

    @TestFactory
    Stream<DynamicTest> embeddings() {
        return cases("pipeline")
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> new Case(folder).checkEmbeddings()));
    }

    @TestFactory
    Stream<DynamicTest> shardedTransformers() {
        // Skipped where anyone sees it: the module's own copy of the cases has none of these.
        assumeTrue(
                Golden.cases("diffusion/pipelines").stream().anyMatch(isWith("transformer")),
                "no golden case is a sharded transformer");
        return cases("transformer")
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(), () -> sharded(folder)));
    }

    private Stream<Path> cases(String part) {
        return Golden.some(
                        "pipelines with a " + part,
                        Golden.cases("diffusion/pipelines").stream().filter(isWith(part)))
                .map(folder -> Golden.unpack(folder, temporary.resolve(folder.getFileName())));
    }

    private static Predicate<Path> isWith(String part) {
        return folder -> Files.isDirectory(folder.resolve(part));
    }

    private static void sharded(Path folder) {
        Path model = folder.resolve("transformer");
        Sd3Config config = Sd3Config.read(model.resolve("config.json"));
        try (Weights weights = Weights.open(model);
                Sd3Transformer transformer =
                        Sd3Transformer.load(
                                config, weights, Devices.tested(), DType.FLOAT32, Memory.MAPPED);
                Expected io = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        Conditioning prompts =
                                new Conditioning(
                                        io.get("prompt_embeds"), io.get("pooled_prompt_embeds"));
                        NDArray velocity =
                                transformer.predict(
                                        io.get("latents"), io.floats("timestep"), prompts);
                        io.assertClose("output", velocity, LATENTS);
                    });
        }
    }

    /** A run of a case: its file's name, number of steps, guidance scale. */
    private record Run(String name, int steps, double guidance) {

        static Run of(String name, JsonObject json) {
            double guidance = json.get("guidance_scale").getAsDouble();
            return new Run(name, json.get("steps").getAsInt(), guidance);
        }
    }

    private static List<Run> runs(Path folder) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        if (!json.has("runs")) {
            return List.of(Run.of("run", json));
        }
        List<Run> runs = new ArrayList<>();
        for (JsonElement each : json.getAsJsonArray("runs")) {
            JsonObject run = each.getAsJsonObject();
            runs.add(Run.of(run.get("name").getAsString(), run));
        }
        return runs;
    }

    private static final class Case {

        private final Path folder;
        private final JsonObject json;
        private final List<String> prompts;

        Case(Path folder) {
            this.folder = folder;
            this.json = Golden.json(folder.resolve("case.json"));
            this.prompts =
                    json.getAsJsonArray("prompts").asList().stream()
                            .map(JsonElement::getAsString)
                            .toList();
        }

        private DiffusionPipeline open() {
            return DiffusionPipeline.builder(folder.resolve("pipeline"))
                    .device(Devices.tested())
                    .precision(Precision.FP32)
                    .textLength(json.get("max_sequence_length").getAsInt())
                    .build();
        }

        void checkEmbeddings() {
            try (DiffusionPipeline pipeline = open();
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            Conditioning found = pipeline.encode(prompts);
                            inputs.assertClose("prompt_embeds", found.tokens(), LATENTS);
                            inputs.assertClose("pooled_prompt_embeds", found.pooled(), LATENTS);
                            if (json.has("negative_prompt")) {
                                String negative = json.get("negative_prompt").getAsString();
                                List<String> each =
                                        prompts.stream().map(prompt -> negative).toList();
                                Conditioning other = pipeline.encode(each);
                                inputs.assertClose(
                                        "negative_prompt_embeds", other.tokens(), LATENTS);
                                inputs.assertClose(
                                        "negative_pooled_prompt_embeds", other.pooled(), LATENTS);
                            }
                        });
            }
        }

        void check(Run run) {
            try (DiffusionPipeline pipeline = open();
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                    Expected expected =
                            Expected.open(folder.resolve(run.name() + ".safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            checkSchedule(pipeline, run, expected);
                            List<float[]> steps = new ArrayList<>();
                            List<float[]> last = new ArrayList<>();
                            List<GeneratedImage> images =
                                    pipeline.generate(
                                            request(run, inputs.get("latents")),
                                            progress -> {
                                                last.add(Tensors.toFloats(progress.latents()));
                                                NDArray asStored =
                                                        pipeline.parts().family()
                                                                        == ModelFamily.FLUX
                                                                ? FluxLatents.pack(
                                                                        progress.latents())
                                                                : progress.latents();
                                                steps.add(Tensors.toFloats(asStored));
                                            });
                            Expected.assertClose(
                                    "latents_per_step",
                                    joined(steps),
                                    expected.floats("latents_per_step"),
                                    LATENTS);
                            NDArray latents =
                                    Tensors.of(
                                            last.get(last.size() - 1),
                                            inputs.get("latents").getShape().getShape());
                            checkPixels(pipeline.codec().decode(latents), images, expected);
                        });
            }
        }

        private void checkSchedule(DiffusionPipeline pipeline, Run run, Expected expected) {
            int width = json.get("width").getAsInt();
            int height = json.get("height").getAsInt();
            FlowMatchSchedule schedule =
                    (FlowMatchSchedule) pipeline.schedule(run.steps(), width, height);
            Expected.assertClose(
                    "timesteps", schedule.timesteps(), expected.floats("timesteps"), 2e-4);
            Expected.assertClose("sigmas", schedule.sigmas(), expected.floats("sigmas"), 2e-7);
        }

        private GenerationRequest request(Run run, NDArray latents) {
            GenerationRequest.Builder request =
                    GenerationRequest.builder()
                            .prompt(prompts.toArray(new String[0]))
                            .steps(run.steps())
                            .guidance(run.guidance())
                            .latents(latents);
            if (json.has("negative_prompt") && run.guidance() > 1) {
                request.negative(json.get("negative_prompt").getAsString());
            }
            return request.build();
        }

        private static void checkPixels(
                NDArray decoded, List<GeneratedImage> images, Expected expected) {
            expected.assertClose("decoded", decoded, DECODED);
            float[] unit = expected.floats("image");
            float[] levels = expected.floats("image_uint8");
            List<String> wrong = new ArrayList<>();
            int at = 0;
            for (GeneratedImage image : images) {
                BufferedImage picture = image.image();
                for (int i = 0; i < picture.getWidth() * picture.getHeight(); i++) {
                    int rgb = picture.getRGB(i % picture.getWidth(), i / picture.getWidth());
                    for (int shift = 16; shift >= 0; shift -= 8) {
                        int level = rgb >> shift & 255;
                        double exact = unit[at] * 255.0;
                        boolean tie = Math.abs(exact - Math.floor(exact) - 0.5) < NEAR_HALF;
                        if (Math.abs(level - levels[at]) > (tie ? 1 : 0)) {
                            wrong.add(level + " for " + exact);
                        }
                        at++;
                    }
                }
            }
            assertThat(wrong).isEmpty();
            assertThat(at).isEqualTo(levels.length);
            float[] found = Tensors.toFloats(decoded);
            float[] ours = new float[found.length];
            int plane = images.get(0).image().getWidth() * images.get(0).image().getHeight();
            for (int i = 0; i < found.length; i++) {
                int n = i / (3 * plane);
                int c = i / plane % 3;
                float value = Math.max(0, Math.min(1, found[i] * 0.5f + 0.5f));
                ours[(n * plane + i % plane) * 3 + c] = value;
            }
            Expected.assertClose("image", ours, unit, IMAGE);
        }

        private static float[] joined(List<float[]> parts) {
            float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
            int at = 0;
            for (float[] part : parts) {
                System.arraycopy(part, 0, all, at, part.length);
                at += part.length;
            }
            return all;
        }
    }
}
