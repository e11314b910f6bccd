package io.github.icthp.examples.demo;

import io.github.icthp.ImageSource;
import io.github.icthp.JpegCompressibility;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * Scores of pictures of base and of refined prompts, as the paper's Table 6 has them. The
 * generators are painters that miss a detail of the prompt more or less often: of a base prompt
 * they paint a plain picture, of a refined one a rich picture that misses the same detail.
 *
 * @param rows a painter each
 */
record PaperScores(List<Row> rows) {

    static final String JPEG = "JPEG kB";

    /** The pictures' side that the rewards were trained on. */
    static final int SIDE = 48;

    private static final Map<String, Double> PAINTERS = painters();

    private static Map<String, Double> painters() {
        Map<String, Double> painters = new LinkedHashMap<>();
        painters.put("misses a detail in 60 %", 0.6);
        painters.put("misses a detail in 30 %", 0.3);
        painters.put("misses nothing", 0.0);
        return painters;
    }

    /**
     * A painter's scores.
     *
     * @param painter what it is called
     * @param columns base before and refined after, by reward
     */
    record Row(String painter, Map<String, PairedDifference> columns) {}

    static PaperScores of(DemoRewards rewards, int scenes, long seed) {
        Map<String, List<DemoSample>> samples = new LinkedHashMap<>();
        PAINTERS.forEach((name, missing) -> samples.put(name, samples(seed, missing, scenes)));
        Map<String, Map<String, PairedDifference>> columns = new LinkedHashMap<>();
        for (String reward : DemoRewards.ALL) {
            try (RewardModel model = rewards.open(reward)) {
                add(reward, samples, sample -> sample.scores(model), seed, columns);
            }
        }
        add(JPEG, samples, PaperScores::kilobytes, seed, columns);
        List<Row> rows = new ArrayList<>();
        columns.forEach((painter, found) -> rows.add(new Row(painter, found)));
        return new PaperScores(rows);
    }

    private static void add(
            String column,
            Map<String, List<DemoSample>> samples,
            Function<DemoSample, double[]> scores,
            long seed,
            Map<String, Map<String, PairedDifference>> columns) {
        samples.forEach(
                (painter, pair) ->
                        columns.computeIfAbsent(painter, any -> new LinkedHashMap<>())
                                .put(
                                        column,
                                        PairedDifference.of(
                                                scores.apply(pair.get(0)),
                                                scores.apply(pair.get(1)),
                                                pair.get(0).prompts(),
                                                seed)));
    }

    /** The plain pictures and the rich ones. */
    private static List<DemoSample> samples(long seed, double missing, int count) {
        DrawnWorld world = new DrawnWorld(seed, SIDE, missing);
        List<Scene> scenes =
                LongStream.range(0, count).mapToObj(world.split(Split.TEST)::scene).toList();
        return List.of(
                new DemoSample(scenes, scenes.stream().map(Scene::preferred).toList()),
                new DemoSample(scenes, scenes.stream().map(PaperScores::rich).toList()));
    }

    private static BufferedImage rich(Scene scene) {
        return new Scene(
                        scene.row(),
                        scene.preferredContent(),
                        scene.style(),
                        scene.side(),
                        0,
                        scene.seed())
                .refined();
    }

    private static double[] kilobytes(DemoSample sample) {
        JpegCompressibility jpeg = JpegCompressibility.ofDefaults();
        return sample.images().stream()
                .mapToDouble(image -> jpeg.kilobytes(ImageSource.of("picture", image)))
                .toArray();
    }

    /** In how many painters a column is lower for refined prompts. */
    long falls(String column) {
        return rows.stream().filter(row -> row.columns().get(column).difference() < 0).count();
    }
}
