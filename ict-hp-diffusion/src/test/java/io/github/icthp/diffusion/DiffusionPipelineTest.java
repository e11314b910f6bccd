package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.vae.VaeTiling;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class DiffusionPipelineTest {

    @TempDir Path temporary;
    private Path folder;

    @BeforeEach
    void unpack() {
        Path golden = Golden.sample("diffusion/pipelines/flux_dev_tiny/pipeline");
        folder = Golden.unpack(golden, temporary.resolve("pipeline"));
    }

    private DiffusionPipeline open() {
        return DiffusionPipeline.builder(folder)
                .device(Devices.tested())
                .precision(Precision.FP32)
                .textLength(8)
                .build();
    }

    private static GenerationRequest.Builder request() {
        return GenerationRequest.builder().prompt("a cat").steps(2).size(32, 48).seed(42);
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void aPictureIsMadeAgainFromItsFile() {
        Path file = temporary.resolve("cat.png");
        try (DiffusionPipeline pipeline = open()) {
            GenerationRequest request =
                    request().prompt("Füchse \"im\" <Schnee> 雪🦊\n").note("lora", "a.st").build();
            List<GeneratedImage> images = pipeline.generate(request);
            assertThat(images).hasSize(2);
            GeneratedImage second = images.get(1);
            second.write(file);
            second.write(file);
            GenerationRequest read = GeneratedImage.readRequest(file);
            assertThat(read).isEqualTo(second.request());
            assertThat(read.seed()).isEqualTo(43);
            assertThat(read.size()).contains(new ImageSize(32, 48));
            assertThat(second.provenance()).containsEntry("model", "pipeline");
            int[] again = pixels(pipeline.generate(read).get(0).image());
            assertThat(again).isEqualTo(pixels(second.image()));
            assertThat(pixels(images.get(0).image())).isNotEqualTo(again);
        }
        assertThat(temporary).isDirectoryNotContaining("glob:**.unfinished");
    }

    @Test
    void seededNoiseIsPyTorchs() {
        try (DiffusionPipeline pipeline = open()) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        NDArray noise = pipeline.noise(42, 32, 48);
                        assertThat(noise.getShape().getShape()).containsExactly(1, 16, 6, 4);
                        float[] first = Tensors.toFloats(noise);
                        float[] expected = {
                            1.9269153f, 1.4872841f, 0.9007172f, -2.105521f, 0.67841846f
                        };
                        for (int i = 0; i < expected.length; i++) {
                            assertThat(first[i]).isCloseTo(expected[i], within(1e-6f));
                        }
                    });
        }
    }

    @Test
    void batchesDoNotChangePictures() {
        try (DiffusionPipeline pipeline = open()) {
            List<GeneratedImage> together =
                    pipeline.generate(request().prompt("a dog").imagesPerPrompt(2).build());
            List<Integer> firsts = new ArrayList<>();
            List<GeneratedImage> apart =
                    pipeline.generate(
                            request().prompt("a dog").imagesPerPrompt(2).batch(3).build(),
                            progress -> {
                                assertThat(progress.steps()).isEqualTo(2);
                                assertThat(progress.images()).isEqualTo(4);
                                firsts.add(progress.firstImage());
                            });
            assertThat(firsts).containsExactly(0, 0, 3, 3);
            assertThat(apart).hasSize(4);
            for (int i = 0; i < 4; i++) {
                assertThat(apart.get(i).request()).isEqualTo(together.get(i).request());
                assertNear(together.get(i).image(), apart.get(i).image());
            }
        }
    }

    private static void assertNear(BufferedImage expected, BufferedImage found) {
        int[] a = pixels(expected);
        int[] b = pixels(found);
        for (int i = 0; i < a.length; i++) {
            for (int shift = 0; shift < 24; shift += 8) {
                assertThat((a[i] >> shift & 255) - (b[i] >> shift & 255)).isBetween(-1, 1);
            }
        }
    }

    @Test
    void tilesLargePictures() {
        try (DiffusionPipeline tiled =
                        DiffusionPipeline.builder(folder)
                                .precision(Precision.FP32)
                                .tiling(VaeTiling.of(32))
                                .build();
                DiffusionPipeline whole = open()) {
            int[] first = pixels(tiled.generate(request().size(32, 32).build()).get(0).image());
            assertThat(first).hasSize(32 * 32);
            BufferedImage large = tiled.generate(request().build()).get(0).image();
            assertThat(pixels(large))
                    .hasSameSizeAs(pixels(whole.generate(request().build()).get(0).image()));
        }
    }

    @Test
    void computesInBfloat16() {
        try (DiffusionPipeline pipeline =
                DiffusionPipeline.builder(folder).precision(Precision.BF16).build()) {
            GeneratedImage image = pipeline.generate(request().build()).get(0);
            assertThat(image.provenance()).containsEntry("type", "BFLOAT16");
        }
    }

    @Test
    void aPictureDependsOnPromptSeedAndGuidance() {
        try (DiffusionPipeline pipeline = open()) {
            int[] base = pixels(pipeline.generate(request().build()).get(0).image());
            List<GenerationRequest.Builder> others =
                    List.of(
                            GenerationRequest.builder()
                                    .prompt("a dog")
                                    .steps(2)
                                    .size(32, 48)
                                    .seed(42),
                            request().seed(43),
                            guided(pipeline, request()));
            for (GenerationRequest.Builder other : others) {
                assertThat(pixels(pipeline.generate(other.build()).get(0).image()))
                        .isNotEqualTo(base);
            }
        }
    }

    private static GenerationRequest.Builder guided(
            DiffusionPipeline pipeline, GenerationRequest.Builder request) {
        GenerationRequest.Builder guided =
                pipeline.parts().family() == ModelFamily.SD3
                        ? request.guidance(5)
                        : request.trueGuidance(5);
        return guided.negative("blurry");
    }

    @Test
    void namesWhatAModelCannotDo() {
        try (DiffusionPipeline pipeline = open();
                TensorScope scope = TensorScope.open(Devices.tested())) {
            assertThatThrownBy(() -> pipeline.generate(request().negative("blurry").build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'blurry' has no effect");
            assertThatThrownBy(() -> pipeline.generate(request().size(40, 48).build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("multiples of " + pipeline.sizeUnit() + ", got 40 x 48");
            NDArray two = scope.manager().ones(new Shape(2, 16, 4, 4));
            assertThatThrownBy(() -> pipeline.generate(request().latents(two).build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected latents (1, 16, h, w), got (2, 16, 4, 4)");
        }
        assertThatThrownBy(() -> GenerationRequest.builder().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[prompt, steps]");
        assertThatThrownBy(() -> request().imagesPerPrompt(0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 2, 0 and 4");
    }

    @Test
    void namesOptionsThatAFamilyDoesNotHave() {
        for (Path golden : Golden.cases("diffusion/pipelines", "model_index.json")) {
            Path there = Golden.unpack(golden, temporary.resolve("of/" + golden.getParent()));
            PipelineBuilder builder = DiffusionPipeline.builder(there).precision(Precision.FP32);
            try (DiffusionPipeline pipeline = builder.build()) {
                GenerationRequest request = request().trueGuidance(3).build();
                if (pipeline.parts().family() == ModelFamily.FLUX) {
                    assertThatThrownBy(() -> builder.withoutT5().build())
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("cannot do without T5");
                } else {
                    assertThatThrownBy(() -> pipeline.generate(request))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("set guidance instead, got 3.0");
                }
            }
        }
        assertThatThrownBy(() -> request().guidance(-1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 0");
        assertThatThrownBy(() -> request().prompt("b").imagesPerPrompt(Integer.MAX_VALUE).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 2 prompts with 2147483647 each");
    }

    @Test
    void aPictureThatIsNotFiniteIsNamed() {
        try (DiffusionPipeline pipeline = open();
                TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray latents = scope.manager().ones(new Shape(2, 16, 4, 4));
            latents.set(new NDIndex(1), Float.NaN);
            List<GeneratedImage> made = new ArrayList<>();
            GenerationRequest request =
                    GenerationRequest.builder()
                            .prompt("a cat", "a dog")
                            .steps(1)
                            .seed(7)
                            .batch(1)
                            .latents(latents)
                            .build();
            assertThatThrownBy(() -> pipeline.generateEach(request, new Collecting(made)))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("prompt 'a dog' with seed 8 is not finite");
            assertThat(made).hasSize(1);
        }
    }

    private record Collecting(List<GeneratedImage> made) implements GenerationListener {

        @Override
        public void onStep(Progress progress) {}

        @Override
        public void onImage(GeneratedImage image) {
            made.add(image);
        }
    }

    @Test
    void encodesAPromptOnce() {
        List<String> events = new ArrayList<>();
        try (DiffusionPipeline whole = open();
                DiffusionPipeline pipeline =
                        new DiffusionPipeline(new RecordedParts(whole.parts(), events), false)) {
            pipeline.generate(request().prompt("a cat").imagesPerPrompt(2).batch(1).build());
            assertThat(events)
                    .containsExactly(
                            "load text", "encode [a cat]", "close text", "load transformer");
        }
    }

    @Test
    void namesFoldersThatAreNoPipelines() throws IOException {
        assertThatThrownBy(() -> DiffusionPipeline.load(temporary))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected a folder as diffusers writes it")
                .hasMessageContaining(temporary.resolve("model_index.json").toString());
        Path index = folder.resolve("model_index.json");
        Files.writeString(index, "{\"_class_name\": \"StableDiffusionUpscalePipeline\"}");
        assertThatThrownBy(() -> DiffusionPipeline.load(folder))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("got 'StableDiffusionUpscalePipeline'");
        Path picture = temporary.resolve("plain.png");
        PngFile.write(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB), "other", "x", picture);
        assertThatThrownBy(() -> GeneratedImage.readRequest(picture))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no 'ict-hp' metadata");
    }

    /** Text encoders and transformer are never in memory together. */
    @Test
    void releasesTextEncodersBeforeTheTransformerLoads() {
        List<String> events = new ArrayList<>();
        try (DiffusionPipeline whole = open()) {
            try (DiffusionPipeline pipeline =
                    new DiffusionPipeline(new RecordedParts(whole.parts(), events), false)) {
                pipeline.generate(request().build());
            }
            assertThat(events)
                    .containsExactly(
                            "load text", "encode [a cat]", "close text", "load transformer");
            events.clear();
            try (DiffusionPipeline pipeline =
                    new DiffusionPipeline(new RecordedParts(whole.parts(), events), true)) {
                pipeline.generate(request().build());
                pipeline.generate(request().build());
            }
            assertThat(events)
                    .containsExactly(
                            "load text",
                            "encode [a cat]",
                            "load transformer",
                            "encode [a cat]",
                            "close text");
        }
    }

    @Test
    void aClosedPipelineSaysSo() {
        DiffusionPipeline pipeline = open();
        pipeline.close();
        pipeline.close();
        assertThatThrownBy(() -> pipeline.generate(request().build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void threadsThatShareAPipelineWaitForEachOther() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (DiffusionPipeline pipeline = open()) {
            int[] alone = pixels(pipeline.generate(request().build()).get(0).image());
            List<Future<List<GeneratedImage>>> together = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                together.add(threads.submit(() -> pipeline.generate(request().build())));
            }
            for (Future<List<GeneratedImage>> images : together) {
                assertThat(pixels(images.get().get(0).image())).isEqualTo(alone);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anInterruptedThreadStopsAtTheNextStep() {
        List<Integer> steps = new ArrayList<>();
        try (DiffusionPipeline pipeline = open()) {
            assertThatThrownBy(
                            () ->
                                    pipeline.generate(
                                            request().steps(3).build(),
                                            progress -> {
                                                steps.add(progress.step());
                                                Thread.currentThread().interrupt();
                                            }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("before step 2 of 3");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(steps).containsExactly(1);
            assertThat(pipeline.generate(request().build())).hasSize(1);
        } finally {
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void whatCannotBeWrittenIsNamedAndNotLeftHalf() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "a file, no folder");
        try (DiffusionPipeline pipeline = open()) {
            GeneratedImage image = pipeline.generate(request().build()).get(0);
            for (Path place : List.of(file, temporary.resolve("missing"))) {
                assertThatThrownBy(() -> image.write(place.resolve("cat.png")))
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageContaining("cannot write " + place.resolve("cat.png"));
            }
            Path folder = Files.createDirectories(temporary.resolve("folder.png/inside"));
            assertThatThrownBy(() -> image.write(folder.getParent()))
                    .isInstanceOf(UncheckedIOException.class);
            assertThatThrownBy(() -> pipeline.save(file.resolve("saved")))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(file.resolve("saved").toString());
        }
        assertThat(temporary).isDirectoryNotContaining("glob:**.unfinished");
    }

    @Test
    void aSaveThatFailsLeavesNothing() {
        Path saved = temporary.resolve("saved");
        try (DiffusionPipeline whole = open();
                DiffusionPipeline broken =
                        new DiffusionPipeline(
                                new RecordedParts(whole.parts(), new ArrayList<>()), false)) {
            assertThatThrownBy(() -> broken.save(saved)).isInstanceOf(IllegalStateException.class);
            assertThat(saved).doesNotExist();
            whole.save(saved);
            assertThat(saved.resolve("model_index.json")).exists();
        }
        assertThat(temporary).isDirectoryNotContaining("glob:**.unfinished");
    }

    @Test
    void namesPicturesThatAreDamaged() throws IOException {
        Path file = temporary.resolve("cat.png");
        try (DiffusionPipeline pipeline = open()) {
            pipeline.generate(request().build()).get(0).write(file);
        }
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 7, 20, 40, 200}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> GeneratedImage.readRequest(file))
                    .as("%s bytes", length)
                    .isInstanceOfAny(UncheckedIOException.class, IllegalArgumentException.class)
                    .hasMessageContaining(file.toString());
        }
    }
}
