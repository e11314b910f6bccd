package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxOriginalFile;
import io.github.icthp.diffusion.model.OriginalFile;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3OriginalFile;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.WeightHashes;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Single-file checkpoints in place of a pipeline's own transformer. */
class TransformerFileTest {

    private static final String PREFIX = "model.diffusion_model.";

    @TempDir Path temporary;
    private Path flux;
    private Path file;

    @BeforeEach
    void unpack() {
        Path golden = Golden.sample("diffusion/pipelines").resolve("flux_dev_tiny/pipeline");
        flux = Golden.unpack(golden, temporary.resolve("flux"));
        file = temporary.resolve("single.safetensors");
    }

    private Path sd3() throws IOException {
        Path golden = Golden.sample("diffusion/draftk").resolve("sd3/pipeline");
        Path folder = Golden.unpack(golden, temporary.resolve("sd3"));
        Files.writeString(
                folder.resolve("model_index.json"),
                "{\"_class_name\": \"StableDiffusion3Pipeline\"}");
        return folder;
    }

    private static PipelineBuilder builder(Path folder) {
        return DiffusionPipeline.builder(folder).precision(Precision.FP32).textLength(8);
    }

    /** Writes the pipeline's transformer as its authors would, without some tensors. */
    private void write(Path folder, String prefix, Set<String> without) {
        Path config = folder.resolve("transformer/config.json");
        try (Weights weights = Weights.open(folder.resolve("transformer"))) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        OriginalFile original =
                                folder.equals(flux)
                                        ? FluxOriginalFile.of(
                                                weights, prefix, FluxConfig.read(config))
                                        : Sd3OriginalFile.of(
                                                weights, prefix, Sd3Config.read(config));
                        if (!prefix.isEmpty()) {
                            original.stranger("first_stage_model.decoder.conv_in.bias")
                                    .stranger("text_encoders.clip_l.logit_scale");
                        }
                        Map<String, NDArray> tensors = new LinkedHashMap<>();
                        for (String name : original.names()) {
                            if (!without.contains(name)) {
                                tensors.put(name, TensorReader.read(original, name));
                            }
                        }
                        SafetensorsWriter.write(file, tensors, Map.of());
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", PREFIX})
    void aFluxFileMakesThePicturesOfItsFolder(String prefix) throws IOException {
        write(flux, prefix, Set.of());
        GenerationRequest request =
                GenerationRequest.builder().prompt("a cat").steps(2).size(32, 48).build();
        int[] expected;
        try (DiffusionPipeline pipeline = builder(flux).build()) {
            expected = pixels(pipeline.generate(request).get(0));
        }
        DiffusionPipeline pipeline = builder(bare(flux)).transformer(file).build();
        try (pipeline) {
            GeneratedImage image = pipeline.generate(request).get(0);
            assertThat(image.provenance()).containsEntry("model", "flux with single.safetensors");
            assertThat(pixels(image)).isEqualTo(expected);
            assertThat(pipeline.parts().weightHashes())
                    .containsEntry("transformer", WeightHashes.sha256(file));
            pipeline.save(temporary.resolve("saved"));
        }
        try (DiffusionPipeline saved = builder(temporary.resolve("saved")).build()) {
            assertThat(pixels(saved.generate(request).get(0))).isEqualTo(expected);
        }
    }

    private static int[] pixels(GeneratedImage made) {
        BufferedImage image = made.image();
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    /** Takes the transformer's own weights away, so that only its configuration is left. */
    private static Path bare(Path folder) throws IOException {
        Files.delete(folder.resolve("transformer/diffusion_pytorch_model.safetensors"));
        return folder;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", PREFIX})
    void anSd3FileLoadsAsItsFolder(String prefix) throws IOException {
        Path folder = sd3();
        write(folder, prefix, Set.of());
        try (DiffusionPipeline whole = builder(folder).build();
                DiffusionPipeline single = builder(folder).transformer(file).build()) {
            Map<String, NDArray> expected = whole.transformer().tensors();
            Map<String, NDArray> found = single.transformer().tensors();
            assertThat(found).containsOnlyKeys(expected.keySet());
            found.forEach(
                    (name, tensor) ->
                            assertThat(tensor.contentEquals(expected.get(name))).as(name).isTrue());
        }
    }

    @Test
    void missingTensorsAreNamedWhenThePipelineIsOpened() {
        write(flux, PREFIX, Set.of(PREFIX + "double_blocks.0.img_attn.proj.weight"));
        assertThatThrownBy(() -> builder(flux).transformer(file).build())
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("1 missing [transformer_blocks.0.attn.to_out.0.weight]");
    }

    @Test
    void aFileOfAnotherShapeIsRefused() throws IOException {
        write(flux, "", Set.of());
        Path config = flux.resolve("transformer/config.json");
        Files.writeString(
                config, Files.readString(config).replace("embeds\": true", "embeds\": false"));
        assertThatThrownBy(() -> builder(flux).transformer(file).build())
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("unexpected [time_text_embed.guidance_embedder.linear_1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight | SD3 or SD3.5",
                "pos_embed.pos_embed | the transformer of SD3",
                "model.diffusion_model.input_blocks.0.0.weight | UNet of Stable Diffusion 1, 2 or"
                        + " XL",
                "down_blocks.0.attentions.0.norm.weight | UNet of Stable Diffusion",
                "first_stage_model.decoder.conv_in.weight | an autoencoder alone",
                "decoder.conv_in.weight | an autoencoder alone",
                "text_model.embeddings.position_embedding.weight | text encoders alone",
                "transformer.x.lora_A.weight | an adapter: put it on the transformer as LoRA",
                "something | missing [x_embedder.weight"
            })
    void saysWhatAFileHoldsInstead(String tensor, String message) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    SafetensorsWriter.write(
                            file, Map.of(tensor, Tensors.of(new float[1])), Map.of());
                });
        assertThatThrownBy(() -> builder(flux).transformer(file).build())
                .isInstanceOfAny(WeightsFormatException.class, WeightsMismatchException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }
}
