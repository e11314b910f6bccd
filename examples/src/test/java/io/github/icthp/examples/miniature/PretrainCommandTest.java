package io.github.icthp.examples.miniature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.Resources;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.Miniature;
import io.github.icthp.examples.Ran;
import io.github.icthp.training.RunRecord;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class PretrainCommandTest {

    private static final int STEPS = 4;

    @TempDir Path folder;

    /** The model in the library was made by this very command: the first losses are the same. */
    @Test
    void followsTheRecordedCurve() throws IOException {
        RunRecord record = RunRecord.fromJson(resource("record.json"));
        List<String> recorded = resource("losses.txt").lines().toList();
        assertThat(recorded).hasSize((int) Pretraining.STEPS);
        Ran ran =
                Ran.command(
                        "pretrain",
                        "--out",
                        folder.resolve("run").toString(),
                        "--iterations",
                        Integer.toString(STEPS),
                        "--seed",
                        Long.toString(record.seed()));
        assertThat(ran.exit()).as(ran.err()).isZero();
        List<String> losses = Files.readAllLines(folder.resolve("run/miniature/losses.txt"));
        assertThat(losses).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            double expected = Double.parseDouble(recorded.get(i));
            assertThat(Double.parseDouble(losses.get(i)))
                    .as("step %s", i)
                    .isCloseTo(expected, within(1e-3 * expected));
        }
        makesPictures(folder.resolve("run/miniature"));
    }

    private static void makesPictures(Path weights) {
        try (DiffusionPipeline pipeline = Miniature.pipeline(weights)) {
            GenerationRequest request =
                    GenerationRequest.builder().prompt("a red star").steps(2).build();
            assertThat(pipeline.generate(request).get(0).image().getWidth())
                    .isEqualTo(Miniature.SIDE);
        }
    }

    private static String resource(String name) throws IOException {
        return Resources.toString(
                Resources.getResource(Miniature.class, "miniature/" + name),
                StandardCharsets.UTF_8);
    }
}
