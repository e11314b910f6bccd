package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.Precision;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.testing.Golden;
import io.github.icthp.weights.PytorchWriter;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.SomeWeights;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The ways in which a pipeline's folder may hold its files: variants, shards, .bin, links. */
class PipelineFilesTest {

    private static final List<String> PARTS =
            List.of("text_encoder", "text_encoder_2", "transformer", "vae");

    @TempDir Path temporary;
    private Path folder;

    @BeforeEach
    void unpack() {
        Path golden = Golden.sample("diffusion/pipelines/flux_dev_tiny/pipeline");
        folder = Golden.unpack(golden, temporary.resolve("pipeline"));
    }

    private static PipelineBuilder builder(Path folder) {
        return DiffusionPipeline.builder(folder).precision(Precision.FP32).textLength(8);
    }

    private static int[] pixels(PipelineBuilder builder) {
        GenerationRequest request =
                GenerationRequest.builder().prompt("a cat").steps(1).size(32, 32).seed(7).build();
        try (DiffusionPipeline pipeline = builder.build()) {
            BufferedImage image = pipeline.generate(request).get(0).image();
            return image.getRGB(0, 0, 32, 32, null, 0, 32);
        }
    }

    /**
     * Weights that lie elsewhere in a file are summed in another order by some kernels: a pixel may
     * be rounded the other way.
     */
    private static void assertSame(int[] actual, int[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        int most = 0;
        for (int i = 0; i < actual.length; i++) {
            for (int shift = 0; shift < 24; shift += 8) {
                int difference = (actual[i] >> shift & 255) - (expected[i] >> shift & 255);
                most = Math.max(most, Math.abs(difference));
            }
        }
        assertThat(most).isLessThanOrEqualTo(1);
    }

    private Path plain(String part) {
        String name = part.startsWith("text") ? "model" : "diffusion_pytorch_model";
        return folder.resolve(part).resolve(name + ".safetensors");
    }

    /** Puts a part's weights into files of other names, and removes the plain file. */
    private void respell(String part, String file) throws IOException {
        Path plain = plain(part);
        String stem = part.startsWith("text") ? "model" : "diffusion_pytorch_model";
        if (file.contains("bin")) {
            stem = part.startsWith("text") ? "pytorch_model" : "diffusion_pytorch_model";
        }
        try (Weights weights = Weights.open(plain)) {
            if (file.contains("%d")) {
                shards(weights, plain.getParent(), stem, file);
            } else {
                write(weights, plain.resolveSibling(stem + file));
            }
        }
        Files.delete(plain);
    }

    private static void shards(Weights weights, Path folder, String stem, String file)
            throws IOException {
        List<String> names = List.copyOf(weights.names());
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int half = names.size() / 2;
            String shard = stem + String.format(Locale.ROOT, file, i + 1);
            List<String> some = i == 0 ? names.subList(0, half) : names.subList(half, names.size());
            some.forEach(
                    name -> entries.add(String.format(Locale.ROOT, "\"%s\": \"%s\"", name, shard)));
            write(new SomeWeights(weights, some), folder.resolve(shard));
        }
        String ending = file.substring(file.lastIndexOf('.'));
        String variant = file.contains("fp16") ? ".fp16" : "";
        Files.writeString(
                folder.resolve(stem + ending + ".index" + variant + ".json"),
                "{\"metadata\": {}, \"weight_map\": {" + String.join(", ", entries) + "}}",
                StandardCharsets.UTF_8);
    }

    private static void write(Weights weights, Path file) {
        if (file.toString().endsWith(".bin")) {
            PytorchWriter.write(file, weights);
        } else {
            SafetensorsWriter.write(file, weights);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".fp16.safetensors",
                ".fp16-0000%d-of-00002.safetensors",
                "-0000%d-of-00002.fp16.safetensors",
                "-0000%d-of-00002.safetensors",
                ".bin",
                ".fp16.bin",
                "-0000%d-of-00002.bin",
                "-0000%d-of-00002.fp16.bin"
            })
    void everyWayToSaveAPipelineGivesTheSamePicture(String spelling) throws IOException {
        int[] expected = pixels(builder(folder));
        for (String part : PARTS) {
            respell(part, spelling);
        }
        assertSame(pixels(builder(folder)), expected);
        Path saved = temporary.resolve("saved");
        try (DiffusionPipeline pipeline = builder(folder).build()) {
            pipeline.save(saved);
        }
        assertSame(pixels(builder(saved)), expected);
        assertThat(FolderFiles.below(saved))
                .noneMatch(file -> !Weights.variants(file.getParent()).isEmpty());
    }

    @Test
    void severalVariantsNeedAChoice() throws IOException {
        int[] expected = pixels(builder(folder));
        Path vae = plain("vae");
        Files.copy(vae, vae.resolveSibling("diffusion_pytorch_model.bf16.safetensors"));
        respell("vae", ".fp16.safetensors");
        assertThatThrownBy(() -> builder(folder).build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(vae.getParent().toString())
                .hasMessageContaining("[bf16, fp16]")
                .hasMessageContaining("--variant");
        assertSame(pixels(builder(folder).variant("fp16")), expected);
        assertThatThrownBy(() -> builder(folder).variant("fp8").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no part of " + folder + " has a variant fp8")
                .hasMessageContaining("[bf16, fp16]");
        Path saved = temporary.resolve("saved");
        try (DiffusionPipeline pipeline = builder(folder).variant("fp16").build()) {
            pipeline.save(saved);
            assertThat(pipeline.parts().weightHashes()).containsEntry("variant", "fp16");
        }
        assertThat(saved.resolve("vae"))
                .isDirectoryContaining("glob:**/diffusion_pytorch_model.safetensors")
                .isDirectoryNotContaining("glob:**16.safetensors");
        assertSame(pixels(builder(saved)), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "text_encoder, a.weight.quant_map, bitsandbytes 4 bits (nf4)",
        "transformer, a.SCB, bitsandbytes int8",
        "vae, a.qweight, GPTQ or AWQ"
    })
    void quantizedPartsAreRefusedBeforeAnythingIsLoaded(String part, String name, String kind)
            throws IOException {
        Path file = plain(part);
        try (Weights weights = Weights.open(file)) {
            String first = weights.names().iterator().next();
            Path other = temporary.resolve("other.safetensors");
            SafetensorsWriter.write(other, new SomeWeights(weights, Map.of(name, first)));
            Files.delete(file);
            Files.copy(other, file);
        }
        assertThatThrownBy(() -> builder(folder).build())
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file + " is quantized: " + kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text_encoder_2", "transformer", "vae"})
    void ggufIsRefusedByName(String part) throws IOException {
        Files.writeString(plain(part), "GGUF\u0003\0\0\0\0\0\0\0\0\0\0\0");
        assertThatThrownBy(() -> builder(folder).build())
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(plain(part) + " is a GGUF file");
        Path other = temporary.resolve("flux.gguf");
        Files.writeString(other, "GGUF\u0003\0\0\0\0\0\0\0\0\0\0\0");
        assertThatThrownBy(() -> builder(folder).transformer(other).build())
                .hasMessageContaining(other + " is a GGUF file");
    }

    @Test
    void aConfigurationSaysThatAPartIsQuantized() throws IOException {
        Path config = folder.resolve("text_encoder_2/config.json");
        String json = Files.readString(config);
        Files.writeString(
                config,
                json.replaceFirst("\\{", "{\"quantization_config\": {\"quant_method\": \"awq\"},"));
        assertThatThrownBy(() -> builder(folder).build())
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(config + " is quantized: quantization_config \"awq\"");
    }

    /** Moves a part elsewhere and links it. */
    private Path link(String part) throws IOException {
        Path away = temporary.resolve("away_" + part);
        Files.move(folder.resolve(part), away);
        Files.createSymbolicLink(folder.resolve(part), Path.of("../away_" + part));
        return away;
    }

    private static Map<String, String> hashes(Path folder) {
        try (DiffusionPipeline pipeline = builder(folder).build()) {
            return pipeline.parts().weightHashes();
        }
    }

    @Test
    void linkedFoldersAreCopiedAndHashed() throws IOException {
        int[] expected = pixels(builder(folder));
        Map<String, String> hashes = hashes(folder);
        Path vae = link("vae");
        link("tokenizer");
        link("transformer");
        Path top = Files.createSymbolicLink(temporary.resolve("top"), folder);
        assertThat(hashes(folder)).isEqualTo(hashes);
        assertThat(hashes(top)).isEqualTo(hashes);
        for (Path source : List.of(folder, top)) {
            Path saved = temporary.resolve("saved_" + source.getFileName());
            try (DiffusionPipeline pipeline = builder(source).build()) {
                pipeline.save(saved);
            }
            assertSame(pixels(builder(saved)), expected);
            assertThat(FolderFiles.below(saved)).noneMatch(Files::isSymbolicLink);
        }
        Path config = vae.resolve("config.json");
        Files.writeString(config, Files.readString(config) + " ");
        assertThat(hashes(top).get("vae")).isNotEqualTo(hashes.get("vae"));
    }

    @Test
    void linkedFilesOfAHubAreFollowed() throws IOException {
        int[] expected = pixels(builder(folder));
        Path snapshot = temporary.resolve("snapshots/0123");
        Path blobs = Files.createDirectories(temporary.resolve("blobs"));
        int number = 0;
        for (Path file : FolderFiles.below(folder)) {
            Path link = snapshot.resolve(folder.relativize(file).toString());
            Path blob = Files.copy(file, blobs.resolve("blob" + number++));
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, link.getParent().relativize(blob));
        }
        assertThat(hashes(snapshot)).isEqualTo(hashes(folder));
        assertSame(pixels(builder(snapshot)), expected);
        Path weights = snapshot.resolve("vae/diffusion_pytorch_model.safetensors");
        Path target = Files.readSymbolicLink(weights);
        Files.delete(weights.resolveSibling(target));
        assertThatThrownBy(() -> builder(snapshot).build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(weights + " is a dangling link to " + target);
    }

    @Test
    void aLoopOfLinksEndsInASentence() throws IOException {
        Path loop = Files.createSymbolicLink(folder.resolve("vae/again"), folder);
        try (DiffusionPipeline pipeline = builder(folder).build()) {
            assertThatThrownBy(() -> pipeline.save(temporary.resolve("saved")))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(loop + " is a link to a folder that it lies in");
            assertThatThrownBy(() -> pipeline.parts().weightHashes())
                    .hasMessageContaining(loop + " is a link to a folder that it lies in");
        }
        assertThat(temporary.resolve("saved")).doesNotExist();
    }

    @Test
    void savesIntoALinkedFolder() throws IOException {
        Path disk = Files.createDirectory(temporary.resolve("disk"));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), disk);
        try (DiffusionPipeline pipeline = builder(folder).build()) {
            pipeline.save(link);
        }
        assertThat(link).isSymbolicLink();
        assertThat(disk.resolve("model_index.json")).exists();
        assertThat(hashes(link)).containsKeys("vae", "transformer");
    }
}
