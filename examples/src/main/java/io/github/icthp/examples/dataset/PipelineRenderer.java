package io.github.icthp.examples.dataset;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationListener;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.train.pickhigh.PromptRenderer;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Makes the pictures of a data set with a diffusion pipeline. Each file holds the request that
 * makes it.
 *
 * @param pipeline the pipeline; it stays open
 * @param name what the data card calls it
 * @param steps denoising steps
 * @param guidance guidance scale, or null for the model's own
 * @param size the pictures' size, or null for the model's own
 * @param batch pictures made at once
 */
record PipelineRenderer(
        DiffusionPipeline pipeline,
        String name,
        int steps,
        @Nullable Double guidance,
        @Nullable ImageSize size,
        int batch)
        implements PromptRenderer {

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "%s, %d steps, guidance %s, %s, batch %d",
                name,
                steps,
                guidance == null ? "of the model" : guidance,
                size == null ? "the model's size" : size.width() + "x" + size.height(),
                batch);
    }

    /** Requests count seeds up by one: pictures whose seeds do are made together. */
    @Override
    public void render(List<Picture> pictures) {
        List<Picture> run = new ArrayList<>();
        for (Picture picture : pictures) {
            if (!run.isEmpty() && run.get(run.size() - 1).seed() + 1 != picture.seed()) {
                renderRun(run);
                run.clear();
            }
            run.add(picture);
        }
        renderRun(run);
    }

    private void renderRun(List<Picture> run) {
        GenerationRequest.Builder request =
                GenerationRequest.builder()
                        .prompt(run.stream().map(Picture::prompt).toArray(String[]::new))
                        .steps(steps)
                        .seed(run.get(0).seed())
                        .batch(batch);
        if (guidance != null) {
            request.guidance(guidance);
        }
        if (size != null) {
            request.size(size.width(), size.height());
        }
        List<Path> files = run.stream().map(Picture::file).toList();
        pipeline.generateEach(
                request.build(),
                new GenerationListener() {
                    private int next;

                    @Override
                    public void onStep(Progress progress) {}

                    @Override
                    public void onImage(GeneratedImage image) {
                        image.write(files.get(next++));
                    }
                });
    }
}
