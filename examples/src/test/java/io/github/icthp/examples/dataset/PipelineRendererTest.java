package io.github.icthp.examples.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.train.pickhigh.PromptRenderer.Picture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

class PipelineRendererTest {

    @Test
    void writesEachPictureWithItsRequest(@TempDir Path folder) {
        try (DiffusionPipeline pipeline = DiffusionPipeline.miniature()) {
            PipelineRenderer renderer =
                    new PipelineRenderer(pipeline, "miniature", 2, null, null, 4);
            assertThat(renderer.batch()).isEqualTo(4);
            assertThat(renderer.description()).contains("miniature, 2 steps", "batch 4");
            List<Picture> pictures =
                    List.of(
                            new Picture(0, "a red star", 5, folder.resolve("a.png")),
                            new Picture(1, "a blue ring", 6, folder.resolve("b.png")),
                            new Picture(4, "a green moon", 9, folder.resolve("c.png")));
            renderer.render(pictures);
            for (Picture picture : pictures) {
                GenerationRequest request = GeneratedImage.readRequest(picture.file());
                assertThat(request.seed()).isEqualTo(picture.seed());
                assertThat(request.prompts()).containsExactly(picture.prompt());
            }
        }
    }
}
