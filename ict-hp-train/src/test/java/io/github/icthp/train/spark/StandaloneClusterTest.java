package io.github.icthp.train.spark;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.testing.StandaloneCluster;

import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A master and three workers, one of whose executors is killed while it scores. */
class StandaloneClusterTest {

    private static final int ROWS = 5000;
    private static final int PARTITIONS = 20;
    private static final int PICTURES = 24;

    /** The row at which an executor dies. */
    private static final long FATAL = 2600;

    private static final StructType SCHEMA =
            new StructType()
                    .add("id", DataTypes.LongType)
                    .add("prompt", DataTypes.StringType)
                    .add("image", DataTypes.BinaryType);

    @Test
    void scoresAsOneMachineDoesThoughAnExecutorIsKilled(@TempDir Path folder) throws Exception {
        Path loads = Files.createDirectories(folder.resolve("loads"));
        Path output = folder.resolve("scored");
        try (StandaloneCluster cluster = StandaloneCluster.start(folder, 3);
                SparkSession spark =
                        Sessions.on(cluster, folder, 3, 1, "-XX:TieredStopAtLevel=1")
                                .getOrCreate()) {
            Dataset<Row> rows =
                    spark.range(0, ROWS, 1, PARTITIONS)
                            .map(new Picture(drawn()), Encoders.row(SCHEMA))
                            .mapPartitions(
                                    new Killer(folder.resolve("killed").toString()),
                                    Encoders.row(SCHEMA));
            SparkScoring.of(spark)
                    .reward(counted(loads))
                    .score(rows)
                    .drop("image")
                    .write()
                    .parquet(output.toUri().toString());
            assertScores(spark.read().parquet(output.toUri().toString()));
        }
        assertThat(folder.resolve("killed")).exists();
        assertLoads(loads);
    }

    private static List<byte[]> drawn() {
        return IntStream.range(0, PICTURES).mapToObj(Drawn::png).toList();
    }

    /** The miniature, which leaves a line in a file of its process when it is loaded. */
    private static SparkReward counted(Path folder) {
        String loads = folder.toString();
        return SparkReward.of(
                "counted",
                RewardKind.COMBINED,
                device -> {
                    note(Path.of(loads, String.valueOf(ProcessHandle.current().pid())));
                    return miniature(device);
                });
    }

    private static RewardModel miniature(Device device) {
        return RewardModel.combined().miniature().device(device).batch(1).build();
    }

    private static void note(Path file) {
        try {
            List<String> lines =
                    new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
            lines.add("loaded");
            Files.write(file, lines, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isBad(long id) {
        return id % 500 == 7;
    }

    /** Draws a row's picture; some are no pictures. */
    private record Picture(List<byte[]> pictures)
            implements org.apache.spark.api.java.function.MapFunction<Long, Row> {
        @Override
        public Row call(Long id) {
            byte[] image =
                    isBad(id)
                            ? ("no picture " + id).getBytes(StandardCharsets.UTF_8)
                            : pictures.get((int) (id % PICTURES));
            return RowFactory.create(id, Drawn.prompt((int) (id % 7)), image);
        }
    }

    /** Kills the process in which a certain row comes by first, as {@code kill -9} does. */
    private record Killer(String marker) implements MapPartitionsFunction<Row, Row> {
        @Override
        public Iterator<Row> call(Iterator<Row> rows) {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return rows.hasNext();
                }

                @Override
                public Row next() {
                    Row row = rows.next();
                    if (row.getLong(0) == FATAL) {
                        dieOnce();
                    }
                    return row;
                }
            };
        }

        private void dieOnce() {
            try {
                Files.createFile(Path.of(marker));
            } catch (FileAlreadyExistsException e) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().halt(137);
        }
    }

    private static void assertScores(Dataset<Row> written) {
        List<Row> rows = written.sort("id").collectAsList();
        assertThat(rows).hasSize(ROWS);
        try (RewardModel model = miniature(Device.cpu())) {
            List<List<RewardScore>> expected = expected(model);
            for (int id = 0; id < ROWS; id++) {
                Row row = rows.get(id);
                assertThat(row.getLong(0)).isEqualTo(id);
                Row score = row.getStruct(row.fieldIndex("counted"));
                if (isBad(id)) {
                    assertThat(score.<Object>getAs("score")).isNull();
                    assertThat(score.<String>getAs("error")).contains("cannot decode the image");
                } else {
                    RewardScore one = expected.get(id % PICTURES).get(id % 7);
                    assertThat(score.<String>getAs("error")).isNull();
                    assertThat(score.<Double>getAs("ict")).isEqualTo(one.ict());
                    assertThat(score.<Double>getAs("hp")).isEqualTo(one.hp());
                    assertThat(score.<Double>getAs("score")).isEqualTo(one.value());
                }
            }
        }
    }

    private static List<List<RewardScore>> expected(RewardModel model) {
        return drawn().stream()
                .map(
                        png ->
                                IntStream.range(0, 7)
                                        .mapToObj(
                                                p ->
                                                        model.score(
                                                                new PromptImage(
                                                                        Drawn.prompt(p),
                                                                        ImageSource.of("", png))))
                                        .toList())
                .toList();
    }

    /**
     * Three executors, and perhaps the one in the killed one's place, loaded the model once each.
     */
    private static void assertLoads(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> executors = files.toList();
            assertThat(executors).hasSizeBetween(3, 4);
            for (Path executor : executors) {
                assertThat(Files.readAllLines(executor)).containsExactly("loaded");
            }
        }
    }
}
