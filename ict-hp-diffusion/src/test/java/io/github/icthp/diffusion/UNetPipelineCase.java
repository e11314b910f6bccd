package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.common.primitives.Floats;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.Sampler.Guidance;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.PictureSizes;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.text.SdxlPromptEncoder;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.Tensors;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A golden run of a pipeline of SD1.5 or SDXL. */
record UNetPipelineCase(Path folder, JsonObject whole, JsonObject run) {

    /** The noise of float32 may turn a value this near to a half into the next level. */
    private static final double NEAR_HALF = 0.05;

    private static final Map<String, String> NAMES =
            Map.of(
                    "PNDMScheduler", "pndm",
                    "DDIMScheduler", "ddim",
                    "EulerDiscreteScheduler", "euler",
                    "EulerAncestralDiscreteScheduler", "euler_ancestral",
                    "DPMSolverMultistepScheduler", "dpm_2m");

    static List<UNetPipelineCase> all(Path folder) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        return json.getAsJsonArray("runs").asList().stream()
                .map(run -> new UNetPipelineCase(folder, json, run.getAsJsonObject()))
                .toList();
    }

    String name() {
        return run.get("name").getAsString();
    }

    private String text(String name) {
        return run.get(name).getAsJsonArray().get(0).getAsString();
    }

    private int integer(String name, int otherwise) {
        return run.has(name) ? run.get(name).getAsInt() : otherwise;
    }

    private int batch() {
        return integer("batch", prompts(whole).size());
    }

    private List<String> prompts() {
        return prompts(whole).subList(0, batch());
    }

    private static List<String> prompts(JsonObject json) {
        return json.getAsJsonArray("prompts").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    private Optional<String> negative() {
        return run.has("negative_prompt") ? Optional.of(text("negative_prompt")) : Optional.empty();
    }

    private Guidance guidance() {
        double rescale =
                run.has("guidance_rescale") ? run.get("guidance_rescale").getAsDouble() : 0;
        return new Guidance(run.get("guidance_scale").getAsDouble(), rescale);
    }

    PipelineBuilder builder(Path pipeline) {
        String scheduler = NAMES.get(run.get("scheduler").getAsString());
        boolean karras =
                run.has("scheduler_options")
                        && run.getAsJsonObject("scheduler_options").has("use_karras_sigmas");
        return DiffusionPipeline.builder(pipeline)
                .device(Devices.tested())
                .precision(Precision.FP32)
                .scheduler(karras ? scheduler + "_karras" : scheduler)
                .clipSkip(integer("clip_skip", 0));
    }

    /** The sizes of prompts, and last of the negative one. */
    private List<PictureSizes> sizes() {
        PictureSizes own =
                PictureSizes.of(whole.get("width").getAsInt(), whole.get("height").getAsInt());
        PictureSizes asked = run.has("original_size") ? sizes("") : own;
        return run.has("negative_original_size")
                ? List.of(asked, sizes("negative_"))
                : List.of(asked);
    }

    private PictureSizes sizes(String prefix) {
        int[] original = pair(prefix + "original_size");
        int[] crop = pair(prefix + "crops_coords_top_left");
        int[] target = pair(prefix + "target_size");
        return new PictureSizes(original[0], original[1], crop[0], crop[1], target[0], target[1]);
    }

    private int[] pair(String name) {
        List<JsonElement> values = run.getAsJsonArray(name).asList();
        return new int[] {values.get(0).getAsInt(), values.get(1).getAsInt()};
    }

    /** What the UNet is told: with guidance, negative prompts first. */
    private Conditioning conditioning(DiffusionPipeline pipeline) {
        List<NDArray> tokens = new ArrayList<>();
        List<NDArray> pooled = new ArrayList<>();
        List<PictureSizes> sizes = new ArrayList<>();
        try (PromptEncoder encoder = pipeline.parts().loadPromptEncoder()) {
            Autograd.in(
                    Mode.NO_GRADIENT,
                    () -> {
                        if (guidance().guides()) {
                            Conditioning away = negative(encoder);
                            tokens.addAll(Collections.nCopies(batch(), away.tokens()));
                            pooled.addAll(Collections.nCopies(batch(), away.pooled()));
                            sizes.addAll(
                                    Collections.nCopies(batch(), sizes().get(sizes().size() - 1)));
                        }
                        Conditioning wanted = positive(encoder);
                        tokens.add(wanted.tokens());
                        pooled.add(wanted.pooled());
                        sizes.addAll(Collections.nCopies(batch(), sizes().get(0)));
                        return null;
                    });
        }
        return new Conditioning(
                        Sampler.PROGRAM.call("stack", tokens),
                        Sampler.PROGRAM.call("stack", pooled))
                .withSizes(sizes);
    }

    private Conditioning positive(PromptEncoder encoder) {
        return run.has("prompt_2")
                ? ((SdxlPromptEncoder) encoder).encode(prompts(), List.of(text("prompt_2")))
                : encoder.encode(prompts());
    }

    private Conditioning negative(PromptEncoder encoder) {
        return run.has("negative_prompt_2")
                ? ((SdxlPromptEncoder) encoder)
                        .encode(
                                List.of(text("negative_prompt")),
                                List.of(text("negative_prompt_2")))
                : encoder.encodeNegative(negative());
    }

    private double tolerance(String name) {
        return run.getAsJsonObject("tolerances")
                .getAsJsonObject(name)
                .get("suggested_abs_tolerance")
                .getAsDouble();
    }

    private void assertClose(Expected expected, String name, NDArray found) {
        if (expected.names().contains(name)) {
            expected.assertClose(name, found, tolerance(name));
        }
    }

    /** Checks embeddings, times, the first input, every step and pictures. */
    void check(DiffusionPipeline pipeline) {
        try (Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                Expected expected = Expected.open(folder.resolve(name() + ".safetensors"))) {
            Conditioning prompts = conditioning(pipeline);
            assertClose(expected, "encoder_hidden_states", prompts.tokens());
            if (expected.names().contains("time_ids")) {
                assertClose(expected, "text_embeds", prompts.pooled());
                float[] ids = expected.floats("time_ids");
                for (int row = 0; row < prompts.sizes().size(); row++) {
                    assertThat(prompts.sizes().get(row).values())
                            .isEqualTo(Arrays.copyOfRange(ids, 6 * row, 6 * row + 6));
                }
            }
            NDArray latents = inputs.get("latents").get("0:" + batch());
            DenoisingSchedule schedule =
                    pipeline.schedule(
                            run.get("num_inference_steps").getAsInt(),
                            whole.get("width").getAsInt(),
                            whole.get("height").getAsInt());
            Expected.assertClose(
                    "timesteps", schedule.timesteps(), expected.floats("timesteps"), 2e-2);
            checkFirstInput(schedule, latents, expected);
            List<float[]> steps = new ArrayList<>();
            NDArray last =
                    new Sampler(pipeline.transformer(), schedule, guidance())
                            .sample(
                                    prompts,
                                    latents,
                                    step -> inputs.get("noises").get(step % 4).get("0:" + batch()),
                                    (x, step) -> steps.add(Tensors.toFloats(x)));
            Expected.assertClose(
                    "latents_per_step",
                    Floats.concat(steps.toArray(new float[0][])),
                    expected.floats("latents_per_step"),
                    tolerance("latents_per_step"));
            NDArray decoded = pipeline.codec().decode(last);
            assertClose(expected, "decoded", decoded);
            if (!run.has("noise") && !run.has("prompt_2")) {
                checkPictures(pipeline, latents, expected);
            }
        }
    }

    private void checkFirstInput(DenoisingSchedule schedule, NDArray latents, Expected expected) {
        NDArray first = schedule.networkInput(0, latents.mul(schedule.initialScale()));
        NDArray all =
                guidance().guides() ? Sampler.PROGRAM.call("stack", List.of(first, first)) : first;
        expected.assertClose("first_model_input", all, 1e-5);
    }

    private void checkPictures(DiffusionPipeline pipeline, NDArray latents, Expected expected) {
        GenerationRequest.Builder request =
                GenerationRequest.builder()
                        .prompt(prompts().toArray(new String[0]))
                        .steps(run.get("num_inference_steps").getAsInt())
                        .guidance(guidance().scale())
                        .guidanceRescale(guidance().rescale())
                        .latents(latents);
        negative().ifPresent(request::negative);
        if (run.has("original_size")) {
            request.sizes(sizes().toArray(new PictureSizes[0]));
        }
        List<float[]> last = new ArrayList<>();
        List<GeneratedImage> images =
                pipeline.generate(
                        request.build(),
                        progress -> {
                            last.clear();
                            last.add(Tensors.toFloats(progress.latents()));
                        });
        assertThat(images).hasSize(batch());
        if (expected.names().contains("image_uint8")) {
            checkLevels(images, expected.floats("image"), expected.floats("image_uint8"));
        }
        assertClose(
                expected,
                "decoded",
                pipeline.codec().decode(Tensors.of(last.get(0), latents.getShape().getShape())));
    }

    private static void checkLevels(List<GeneratedImage> images, float[] unit, float[] levels) {
        int at = 0;
        for (GeneratedImage image : images) {
            BufferedImage picture = image.image();
            for (int i = 0; i < picture.getWidth() * picture.getHeight(); i++) {
                int rgb = picture.getRGB(i % picture.getWidth(), i / picture.getWidth());
                for (int shift = 16; shift >= 0; shift -= 8) {
                    double exact = unit[at] * 255.0;
                    boolean tie = Math.abs(exact - Math.floor(exact) - 0.5) < NEAR_HALF;
                    assertThat(Math.abs((rgb >> shift & 255) - levels[at]))
                            .isLessThanOrEqualTo(tie ? 1 : 0);
                    at++;
                }
            }
        }
        assertThat(at).isEqualTo(levels.length);
    }
}
