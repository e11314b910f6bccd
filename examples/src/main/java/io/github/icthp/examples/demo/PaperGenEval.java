package io.github.icthp.examples.demo;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.Miniature;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.examples.world.WorldGenEval;
import io.github.icthp.train.evaluation.geneval.GenEvalRow;
import io.github.icthp.train.evaluation.geneval.GenEvalSummary;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** GenEval's tasks for one model after another, as the paper's Table 7 has them. */
final class PaperGenEval {

    private final WorldGenEval tasks;
    private final long seed;
    private final List<Row> rows = new ArrayList<>();

    /**
     * A model's figures.
     *
     * @param model its name
     * @param results of every picture and task
     */
    record Row(String model, List<GenEvalRow> results) {

        GenEvalSummary summary() {
            return GenEvalSummary.of(results);
        }

        private double[] correct() {
            return results.stream().mapToDouble(row -> row.correct() ? 1 : 0).toArray();
        }

        /** What became better than in another model, over all tasks. */
        PairedDifference since(Row before, long seed) {
            return PairedDifference.of(
                    before.correct(),
                    correct(),
                    results.stream().map(GenEvalRow::prompt).toList(),
                    seed);
        }
    }

    PaperGenEval(int each, long seed) {
        this.tasks = WorldGenEval.of(DrawnWorld.seed(seed).side(Miniature.SIDE).faultless(), each);
        this.seed = seed;
    }

    /** Judges the world's own drawings, which says how well the detector sees. */
    void addPainters() {
        add("drawn, plain", tasks.scenes().stream().map(Scene::preferred).toList());
        add("drawn, rich", tasks.scenes().stream().map(Scene::refined).toList());
    }

    /** Judges what a pipeline makes of the prompts now, from the same noise every time. */
    void add(String model, DiffusionPipeline pipeline) {
        add(model, DemoSample.of(pipeline, tasks.scenes(), seed).images());
    }

    private void add(String model, List<BufferedImage> images) {
        rows.add(new Row(model, tasks.judge(images)));
    }

    List<Row> rows() {
        return rows;
    }

    Row row(String model) {
        return rows.stream().filter(row -> row.model().equals(model)).findFirst().orElseThrow();
    }

    long seed() {
        return seed;
    }
}
