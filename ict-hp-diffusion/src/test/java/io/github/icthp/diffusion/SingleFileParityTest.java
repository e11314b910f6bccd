package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;

import com.google.common.io.MoreFiles;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.testing.NamedShapes;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Models in one file: every run of every pipeline again with the weights of its single file alone,
 * and names and shapes of the published files of SD1.5 and SDXL.
 */
class SingleFileParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> pictures() {
        return Golden.cases("unet/pipelines").stream()
                .flatMap(
                        folder ->
                                UNetPipelineCase.all(folder).stream()
                                        .map(run -> test(folder, run)));
    }

    private DynamicTest test(Path folder, UNetPipelineCase run) {
        return DynamicTest.dynamicTest(
                folder.getFileName() + " " + run.name(),
                () -> {
                    Path pipeline = withoutWeights(folder, run.name());
                    Path file = folder.resolve("single_file/model.safetensors");
                    TensorScope.run(
                            Devices.tested(),
                            () -> {
                                try (DiffusionPipeline opened =
                                        run.builder(pipeline).checkpoint(file).build()) {
                                    run.check(opened);
                                }
                            });
                });
    }

    /** Configurations and tokenizers alone. */
    private Path withoutWeights(Path folder, String name) {
        Path target = temporary.resolve(folder.getFileName() + name);
        Path pipeline = Golden.unpack(folder.resolve("pipeline"), target);
        try (Stream<Path> files = Files.walk(pipeline)) {
            for (Path file : files.toList()) {
                if (MoreFiles.getFileExtension(file).equals("safetensors")) {
                    Files.delete(file);
                }
            }
            return pipeline;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> publishedNamesAndShapes() {
        JsonObject all =
                Golden.json(Golden.facts("unet/real_size").resolve("single_file_names.json"));
        return Golden.some("published files", all.entrySet().stream())
                .map(
                        entry ->
                                DynamicTest.dynamicTest(
                                        entry.getKey(),
                                        () ->
                                                checkPublished(
                                                        entry.getKey(),
                                                        entry.getValue().getAsJsonObject())));
    }

    private static void checkPublished(String model, JsonObject names) {
        Map<String, Shape> stored = new LinkedHashMap<>();
        Map<String, List<String>> expected = new LinkedHashMap<>();
        names.entrySet()
                .forEach(
                        e -> {
                            JsonObject tensor = e.getValue().getAsJsonObject();
                            stored.put(e.getKey(), shape(tensor));
                            expected.computeIfAbsent(
                                            tensor.get("component").getAsString(),
                                            c -> new ArrayList<>())
                                    .addAll(keys(tensor));
                        });
        Weights file = new NamedShapes(stored);
        UNetConfig config = model.equals("sdxl") ? UNetConfig.sdxl() : UNetConfig.sd15();
        expected.forEach(
                (component, keys) -> {
                    Weights found =
                            switch (component) {
                                case "unet" -> SingleFile.unet(file, config);
                                case "vae" -> SingleFile.vae(file);
                                default -> SingleFile.text(file, component);
                            };
                    assertThat(found.names()).containsExactlyInAnyOrderElementsOf(keys);
                });
    }

    private static Shape shape(JsonObject tensor) {
        return new Shape(
                tensor.getAsJsonArray("shape").asList().stream()
                        .mapToLong(JsonElement::getAsLong)
                        .toArray());
    }

    private static List<String> keys(JsonObject tensor) {
        return tensor.getAsJsonArray("keys").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    @Test
    void namesWhatIsNotInTheFile() {
        Path folder = Golden.cases("unet/pipelines").get(0);
        Path pipeline = Golden.unpack(folder.resolve("pipeline"), temporary.resolve("other"));
        Path vae = pipeline.resolve("vae/diffusion_pytorch_model.safetensors");
        assertThatThrownBy(() -> DiffusionPipeline.builder(pipeline).checkpoint(vae).build())
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("an autoencoder alone");
        Path unet = pipeline.resolve("unet/diffusion_pytorch_model.safetensors");
        try (DiffusionPipeline opened =
                DiffusionPipeline.builder(pipeline).checkpoint(unet).build()) {
            assertThatThrownBy(opened::codec)
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("first_stage_model.");
        }
        Path other = Golden.cases("unet/pipelines").get(1).resolve("single_file/model.safetensors");
        assertThatThrownBy(() -> DiffusionPipeline.builder(pipeline).checkpoint(other).build())
                .isInstanceOf(WeightsMismatchException.class);
    }
}
