package io.github.icthp.train.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.testing.StandaloneCluster;

import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What docs/scale.md says was measured; each runs when a property says of how many rows. */
class SparkMeasurementsTest {

    private static final int PICTURES = 64;
    private static final StructType SCHEMA =
            new StructType()
                    .add("id", DataTypes.LongType)
                    .add("prompt", DataTypes.StringType)
                    .add("image", DataTypes.BinaryType);

    private static final List<byte[]> DRAWN =
            IntStream.range(0, PICTURES).mapToObj(Drawn::png).toList();

    private record Picture(List<byte[]> pictures) implements MapFunction<Long, Row> {
        @Override
        public Row call(Long id) {
            int n = (int) (id % PICTURES);
            return RowFactory.create(id, Drawn.prompt(n), pictures.get(n));
        }
    }

    private static Dataset<Row> rows(SparkSession spark, long count, int partitions) {
        return spark.range(0, count, 1, partitions).map(new Picture(DRAWN), Encoders.row(SCHEMA));
    }

    /** The driver's heap after a collection, while rows stream from the executors to files. */
    @Test
    @EnabledIfSystemProperty(named = "spark.memory.rows", matches = "\\d+")
    void aLongTableNeedsNoMoreOfTheDriver(@TempDir Path folder) throws Exception {
        long count = Long.getLong("spark.memory.rows");
        List<Long> used = new ArrayList<>();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try (StandaloneCluster cluster = StandaloneCluster.start(folder, 2);
                SparkSession spark = Sessions.on(cluster, folder, 2, 1, "").getOrCreate()) {
            ScheduledFuture<?> samples =
                    clock.scheduleAtFixedRate(() -> used.add(heap()), 10, 20, TimeUnit.SECONDS);
            String output = folder.resolve("scored").toUri().toString();
            long begin = System.nanoTime();
            SparkScoring.of(spark)
                    .reward(
                            SparkReward.of(
                                    "brightness",
                                    Brightness.KIND,
                                    device ->
                                            RewardModel.of(new Brightness())
                                                    .device(device)
                                                    .batch(32)
                                                    .build()))
                    .score(rows(spark, count, 200))
                    .drop("image")
                    .write()
                    .parquet(output);
            samples.cancel(false);
            double seconds = (System.nanoTime() - begin) / 1e9;
            assertThat(spark.read().parquet(output).where("brightness.score >= 0").count())
                    .isEqualTo(count);
            System.out.printf(
                    Locale.ROOT,
                    "%d rows in %.0f s; driver's heap in MiB, every 20 s: %s%n",
                    count,
                    seconds,
                    used);
        } finally {
            clock.shutdownNow();
        }
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    }

    /** Rows a second of the miniature: the plain library, then executors of one core each. */
    @Test
    @EnabledIfSystemProperty(named = "spark.speed.rows", matches = "\\d+")
    void scoresASecond(@TempDir Path folder) throws Exception {
        long count = Long.getLong("spark.speed.rows");
        StringBuilder told = new StringBuilder();
        try (RewardModel model = RewardModel.combined().miniature().batch(1).build()) {
            plain(model, count / 4);
            double plain = count / seconds(() -> plain(model, count));
            told.append(String.format(Locale.ROOT, "plain library: %.0f a second%n", plain));
        }
        for (int executors : new int[] {1, 2}) {
            Path own = folder.resolve("cluster-" + executors);
            try (StandaloneCluster cluster = StandaloneCluster.start(own, executors);
                    SparkSession spark =
                            Sessions.on(
                                            cluster,
                                            own,
                                            executors,
                                            Integer.getInteger("threads", 1),
                                            "")
                                    .getOrCreate()) {
                SparkScoring scoring =
                        SparkScoring.of(spark)
                                .reward(
                                        SparkReward.of(
                                                "miniature",
                                                RewardKind.COMBINED,
                                                device ->
                                                        RewardModel.combined()
                                                                .miniature()
                                                                .batch(1)
                                                                .build()));
                Dataset<Row> few = scoring.score(rows(spark, count / 4, 4 * executors));
                Dataset<Row> all = scoring.score(rows(spark, count, 4 * executors));
                few.selectExpr("sum(miniature.score)").collectAsList();
                double seconds =
                        seconds(() -> all.selectExpr("sum(miniature.score)").collectAsList());
                told.append(
                        String.format(
                                Locale.ROOT,
                                "%d workers of one core: %.0f a second%n",
                                executors,
                                count / seconds));
            }
        }
        System.out.print(told);
    }

    private static void plain(RewardModel model, long count) {
        try (Stream<RewardScore> scores =
                model.scoreAll(
                        LongStream.range(0, count)
                                .mapToObj(
                                        id -> {
                                            int n = (int) (id % PICTURES);
                                            return new PromptImage(
                                                    Drawn.prompt(n),
                                                    ImageSource.of("", DRAWN.get(n)));
                                        }))) {
            assertThat(scores.mapToDouble(RewardScore::value).sum()).isFinite();
        }
    }

    private static double seconds(Runnable work) {
        long begin = System.nanoTime();
        work.run();
        return (System.nanoTime() - begin) / 1e9;
    }
}
