package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Floats;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.Precision;
import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.adapter.StyleAdapter;
import io.github.icthp.diffusion.adapter.StyleCases;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Pictures with a style against diffusers, with guidance, from picture files and published layouts,
 * with the adapter's own encoder and with an exchanged one. Every run of every case is checked.
 */
class StylePipelineParityTest {

    private static final String SWAP = "swap_";

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> pictures() {
        return Golden.cases("unet/ip_adapter").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () ->
                                                TensorScope.run(
                                                        Devices.tested(), () -> check(folder))));
    }

    private void check(Path folder) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        Set<String> checked = new HashSet<>(Set.of("latents"));
        try (DiffusionPipeline pipeline =
                        DiffusionPipeline.builder(StyleCases.pipeline(folder, json, temporary))
                                .device(Devices.tested())
                                .precision(Precision.FP32)
                                .build();
                Expected expected = Expected.open(folder.resolve("pipeline.safetensors"))) {
            json.getAsJsonObject("runs")
                    .entrySet()
                    .forEach(
                            run -> {
                                Style style =
                                        style(
                                                folder,
                                                json,
                                                run.getKey(),
                                                run.getValue().getAsJsonObject());
                                checkRun(
                                        pipeline,
                                        request(json, expected, style),
                                        run.getKey(),
                                        run.getValue()
                                                .getAsJsonObject()
                                                .getAsJsonObject("tolerances"),
                                        expected);
                                checked.add(run.getKey() + ".latents_per_step");
                                checked.add(run.getKey() + ".decoded");
                            });
            assertThat(checked).isEqualTo(expected.names());
        }
    }

    private static Style style(Path folder, JsonObject json, String name, JsonObject run) {
        String file = json.getAsJsonArray("adapter").get(0).getAsString();
        StyleAdapter adapter = StyleAdapter.open(folder.resolve(file).normalize());
        if (name.startsWith(SWAP)) {
            String swap = name.substring(SWAP.length());
            adapter = adapter.imageEncoder(StyleCases.swap(folder, json, swap));
        }
        return adapter.with(ImageSource.of(folder.resolve("image_0.png")))
                .scaled(StyleCases.scale(run.get("scale")));
    }

    private static GenerationRequest request(JsonObject json, Expected expected, Style style) {
        return GenerationRequest.builder()
                .prompt(
                        json.getAsJsonArray("prompts").asList().stream()
                                .map(JsonElement::getAsString)
                                .toArray(String[]::new))
                .steps(json.get("steps").getAsInt())
                .guidance(json.get("guidance_scale").getAsDouble())
                .latents(expected.get("latents"))
                .style(style)
                .build();
    }

    private static void checkRun(
            DiffusionPipeline pipeline,
            GenerationRequest request,
            String name,
            JsonObject tolerances,
            Expected expected) {
        List<float[]> steps = new ArrayList<>();
        assertThat(
                        pipeline.generate(
                                request,
                                progress -> steps.add(Tensors.toFloats(progress.latents()))))
                .hasSize(request.prompts().size());
        Expected.assertClose(
                name + ".latents_per_step",
                Floats.concat(steps.toArray(new float[0][])),
                expected.floats(name + ".latents_per_step"),
                StyleCases.tolerance(tolerances, "latents_per_step"));
        long[] shape = expected.get("latents").getShape().getShape();
        expected.assertClose(
                name + ".decoded",
                pipeline.codec().decode(Tensors.of(steps.get(steps.size() - 1), shape)),
                StyleCases.tolerance(tolerances, "decoded"));
    }
}
