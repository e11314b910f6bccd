package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.Precision;
import io.github.icthp.testing.Golden;
import io.github.icthp.tokenizer.TokenizerFormatException;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whatever file of a pipeline's folder is damaged, a message names it or its folder. */
class BrokenPipelineTest {

    @TempDir Path temporary;

    static List<Path> pipelines() {
        return Golden.cases("diffusion/pipelines", "model_index.json");
    }

    private interface Damage {
        void to(Path file) throws IOException;
    }

    private static void halve(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    }

    private static void scribble(Path file) throws IOException {
        Files.writeString(file, "{\"a\": [1, 2", StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void namesTheDamagedFile(Path golden) throws IOException {
        Path folder = Golden.unpack(golden, temporary.resolve("pipeline"));
        List<Damage> damages =
                List.of(
                        Files::delete,
                        BrokenPipelineTest::halve,
                        BrokenPipelineTest::scribble,
                        file -> Files.write(file, new byte[0]));
        for (Path file : files(folder)) {
            byte[] whole = Files.readAllBytes(file);
            for (Damage damage : damages) {
                damage.to(file);
                Optional<RuntimeException> failure = failure(folder);
                if (failure.isPresent()) {
                    assertThat(failure.get())
                            .isInstanceOfAny(
                                    UncheckedIOException.class,
                                    WeightsFormatException.class,
                                    TokenizerFormatException.class)
                            .hasMessageContaining(file.getParent().toString());
                } else {
                    assertThat(file.getParent().getFileName().toString())
                            .as("%s was damaged and nobody said so", file)
                            .startsWith("tokenizer");
                }
                Files.write(file, whole);
            }
        }
    }

    private static Optional<RuntimeException> failure(Path folder) {
        try {
            generate(folder);
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(e);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void generate(Path folder) {
        GenerationRequest request =
                GenerationRequest.builder().prompt("a cat").steps(1).size(32, 32).build();
        try (DiffusionPipeline pipeline =
                DiffusionPipeline.builder(folder).precision(Precision.FP32).textLength(8).build()) {
            assertThat(pipeline.generate(request)).hasSize(1);
        }
    }
}
