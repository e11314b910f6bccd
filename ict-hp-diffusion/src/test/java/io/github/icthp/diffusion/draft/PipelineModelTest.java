package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.Precision;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.PipelineBuilder;
import io.github.icthp.diffusion.RecordedParts;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.RunRecord;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class PipelineModelTest {

    private static final DifferentiableReward BRIGHTNESS =
            (pixels, prompts) -> pixels.flatten(1, -1).mean(new int[] {1});

    @TempDir Path temp;
    private Path folder;

    @BeforeEach
    void unpack() {
        Path golden = Golden.sample("diffusion/pipelines/flux_dev_tiny/pipeline");
        folder = Golden.unpack(golden, temp.resolve("pipeline"));
    }

    private PipelineBuilder builder() {
        return DiffusionPipeline.builder(folder).precision(Precision.FP32).textLength(8);
    }

    private DraftKBuilder run(DiffusionPipeline pipeline) {
        return DraftKOptimizer.builder()
                .pipeline(pipeline)
                .reward(BRIGHTNESS)
                .prompts(List.of("a house", "a tree", "a house"))
                .heldOut(List.of("a tree", "a cow"))
                .config(
                        DraftKConfig.from(DraftKConfig.paper())
                                .steps(2)
                                .lastK(1)
                                .size(32, 48)
                                .optimizer(
                                        o ->
                                                o.steps(4)
                                                        .batchSize(2)
                                                        .accumulation(1)
                                                        .learningRate(5e-2)
                                                        .weightDecay(0))
                                .lora(LoraConfig.rank(2))
                                .build())
                .output(temp.resolve("run"));
    }

    private static int[] picture(DiffusionPipeline pipeline) {
        GenerationRequest request =
                GenerationRequest.builder().prompt("a cow").steps(2).size(32, 48).build();
        BufferedImage image = pipeline.generate(request).get(0).image();
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void tunesAPipelineIntoAnAdapterThatAPipelineLoads() throws IOException {
        DraftKResult result;
        int[] base;
        try (DiffusionPipeline pipeline = builder().build()) {
            result = run(pipeline).build().run();
            base = picture(pipeline);
        }
        RunRecord record = RunRecord.fromJson(Files.readString(temp.resolve("run/run.json")));
        assertThat(record.weights()).containsKeys("transformer", "vae", "text_encoder");
        try (DiffusionPipeline tuned = builder().lora(result.adapter(), 1).build();
                DiffusionPipeline silent = builder().lora(result.adapter(), 0).build()) {
            assertThat(picture(tuned)).isNotEqualTo(base);
            assertThat(picture(silent)).isEqualTo(base);
            assertThatThrownBy(() -> run(tuned))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("initial(...)");
        }
    }

    @Test
    void savesATunedPipelineAsAFolder() {
        DraftKResult result;
        try (DiffusionPipeline pipeline = builder().build()) {
            result = run(pipeline).build().run();
        }
        Path saved = temp.resolve("saved");
        int[] expected;
        try (DiffusionPipeline tuned = builder().lora(result.adapter(), 1).build()) {
            tuned.save(saved);
            expected = picture(tuned);
            assertThatThrownBy(() -> tuned.save(saved))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is not empty");
        }
        try (DiffusionPipeline again =
                        DiffusionPipeline.builder(saved)
                                .precision(Precision.FP32)
                                .textLength(8)
                                .build();
                DiffusionPipeline base = builder().build()) {
            int[] found = picture(again);
            assertThat(found).isNotEqualTo(picture(base));
            assertThat(farthest(found, expected)).isLessThanOrEqualTo(1);
        }
    }

    /** The largest difference of any color. */
    private static int farthest(int[] pixels, int[] others) {
        int largest = 0;
        for (int i = 0; i < pixels.length; i++) {
            for (int shift = 0; shift < 24; shift += 8) {
                int difference = (pixels[i] >> shift & 255) - (others[i] >> shift & 255);
                largest = Math.max(largest, Math.abs(difference));
            }
        }
        return largest;
    }

    @Test
    void encodesPromptsOnceAndBeforeTheTransformerLoads() {
        List<String> events = new ArrayList<>();
        try (DiffusionPipeline whole = builder().build();
                DiffusionPipeline pipeline =
                        new DiffusionPipeline(new RecordedParts(whole.parts(), events), false)) {
            run(pipeline).build().run();
        }
        events.removeIf(event -> event.startsWith("encode"));
        assertThat(events)
                .containsExactly(
                        "read configurations", "load text", "close text", "load transformer");
    }

    @Test
    void tellsWhatMemoryARunWillNeed() {
        PrintStream console = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try (DiffusionPipeline pipeline = builder().build()) {
            DraftKBuilder run = run(pipeline);
            run.build().run();
            MemoryPlan expected =
                    MemoryPlanner.of(folder, pipeline.parts().family(), DType.FLOAT32)
                            .on(Devices.tested())
                            .textTokens(8)
                            .plan(run.config());
            assertThat(new PipelineModel(pipeline).memory(run.config())).contains(expected);
            assertThat(said.toString(StandardCharsets.UTF_8)).contains(expected.toString());
        } finally {
            System.setErr(console);
        }
    }

    @Test
    void encodesAsThePipelineDoes() {
        TensorScope scope = TensorScope.open(Devices.tested());
        try (scope;
                DiffusionPipeline pipeline = builder().keepPromptEncoder().build()) {
            PipelineModel model = new PipelineModel(pipeline);
            List<String> prompts = List.of("a cow", "a boat", "a cow");
            model.begin(List.of("a boat", "a cow"));
            Conditioning found = model.encode(prompts, 3.5);
            Conditioning expected = pipeline.encode(prompts);
            assertThat(Tensors.toFloats(found.tokens()))
                    .containsExactly(Tensors.toFloats(expected.tokens()), within(1e-5f));
            assertThat(found.guidance()).containsExactly(3.5f);
            assertThatThrownBy(() -> model.encode(List.of("a dog"), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"a dog\"");
            model.end();
            assertThatThrownBy(() -> model.encode(prompts, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void refusesAFileThatHoldsNoAdapterBeforeLoading() {
        Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors");
        assertThatThrownBy(() -> builder().lora(vae, 1).build())
                .isInstanceOf(WeightsFormatException.class);
        assertThatThrownBy(() -> builder().lora(vae, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }

    @Test
    void refusesSizesThatAreNoMultiplesOfAPatch() {
        try (DiffusionPipeline pipeline = builder().build()) {
            DraftKBuilder odd = run(pipeline);
            odd.config(odd.config().with(c -> c.size(33, 48)));
            assertThatThrownBy(() -> odd.build().run())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got 33 x 48");
        }
    }
}
