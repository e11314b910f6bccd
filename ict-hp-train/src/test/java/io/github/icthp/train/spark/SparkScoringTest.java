package io.github.icthp.train.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Throwables;

import io.github.icthp.ImageSource;
import io.github.icthp.Miniature;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class SparkScoringTest {

    private static final StructType HUGGING_FACE =
            new StructType().add("bytes", DataTypes.BinaryType).add("path", DataTypes.StringType);

    @TempDir private static Path scratch;

    private static SparkSession spark;
    private static RewardModel model;

    @BeforeAll
    static void start() {
        spark = Sessions.on("local[2]", scratch).getOrCreate();
        model = RewardModel.combined().miniature().batch(1).build();
    }

    @AfterAll
    static void stop() {
        model.close();
        spark.stop();
        SparkScoring.closeUnusedModels();
    }

    private static Dataset<Row> table(DataType image, Row... rows) {
        return spark.createDataFrame(
                List.of(rows),
                new StructType().add("prompt", DataTypes.StringType).add("image", image));
    }

    private static Row row(Object prompt, Object image) {
        return RowFactory.create(prompt, image);
    }

    private static SparkScoring miniature() {
        return SparkScoring.of(spark).reward(SparkReward.miniature());
    }

    private static RewardScore plain(String prompt, byte[] png) {
        return model.score(new PromptImage(prompt, ImageSource.of("plain", png)));
    }

    private static Row score(Row row, String column) {
        return row.getStruct(row.fieldIndex(column));
    }

    private static String error(Row row) {
        return score(row, "ict_hp").getAs("error");
    }

    private static void assertSame(Row row, RewardScore expected) {
        Row score = score(row, "ict_hp");
        assertThat(score.<String>getAs("error")).isNull();
        assertThat(score.<Double>getAs("ict")).isEqualTo(expected.ict());
        assertThat(score.<Double>getAs("hp")).isEqualTo(expected.hp());
        assertThat(score.<Double>getAs("score")).isEqualTo(expected.value());
    }

    @Test
    void scoresHaveTheBitsOfOneMachineHoweverRowsAreCut() {
        List<Row> rows =
                IntStream.range(0, 30)
                        .mapToObj(n -> row(Drawn.prompt(n), Drawn.png(n)))
                        .collect(Collectors.toList());
        for (int partitions : new int[] {1, 4}) {
            List<Row> scored =
                    miniature()
                            .score(
                                    table(DataTypes.BinaryType, rows.toArray(Row[]::new))
                                            .repartition(partitions))
                            .collectAsList();
            assertThat(scored).hasSize(30);
            for (Row row : scored) {
                assertSame(row, plain(row.getString(0), row.getAs(1)));
            }
        }
    }

    @Test
    void readsPathsOfAnyFileSystemAndStructs(@TempDir Path folder) throws IOException {
        byte[] png = Drawn.png(3);
        Path file = Files.write(folder.resolve("a picture.png"), png);
        RewardScore expected = plain("a red circle", png);
        String local = file.toString();
        for (Row row :
                miniature()
                        .score(
                                table(
                                        DataTypes.StringType,
                                        row("a red circle", local),
                                        row("a red circle", "file://" + local)))
                        .collectAsList()) {
            assertSame(row, expected);
        }
        List<Row> structs =
                miniature()
                        .score(
                                table(
                                        HUGGING_FACE,
                                        row("a red circle", row(png, "name.png")),
                                        row("a red circle", row(null, local)),
                                        row("a red circle", row(null, null))))
                        .collectAsList();
        assertSame(structs.get(0), expected);
        assertSame(structs.get(1), expected);
        assertThat(error(structs.get(2))).isEqualTo("the image has neither bytes nor a path");
    }

    @Test
    void aBadRowHasAnErrorAndEndsNothing(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        Path good = Files.write(folder.resolve("good.png"), Drawn.png(1));
        List<Row> rows =
                miniature()
                        .score(
                                table(
                                        DataTypes.StringType,
                                        row("a", text.toString()),
                                        row("a", folder.resolve("none.png").toString()),
                                        row("a", folder.toString()),
                                        row("a", null),
                                        row(null, good.toString()),
                                        row("a", ""),
                                        row("a", "nosuch://host/x.png"),
                                        row("a", good.toString())))
                        .collectAsList();
        assertThat(rows.subList(0, 7))
                .allSatisfy(row -> assertThat(score(row, "ict_hp").isNullAt(0)).isTrue());
        assertThat(error(rows.get(0))).contains("text.png");
        assertThat(error(rows.get(1))).contains("none.png: there is no such file");
        assertThat(error(rows.get(2))).contains("it is a folder, not a file");
        assertThat(error(rows.get(3))).isEqualTo("the image is null");
        assertThat(error(rows.get(4))).isEqualTo("the prompt is null");
        assertThat(error(rows.get(5))).isEqualTo("the image has an empty path");
        assertThat(error(rows.get(6))).contains("nosuch");
        assertSame(rows.get(7), plain("a", Drawn.png(1)));
        List<Row> bytes =
                miniature()
                        .score(
                                table(
                                        DataTypes.BinaryType,
                                        row("a", new byte[0]),
                                        row("a", "no".getBytes(StandardCharsets.UTF_8))))
                        .collectAsList();
        assertThat(error(bytes.get(0))).isEqualTo("the image has no bytes");
        assertThat(error(bytes.get(1))).startsWith("cannot decode the image: ");
    }

    @Test
    void tellsWhatOfALongPromptIsNotRead() {
        String prompt = "a red circle ".repeat(60).strip();
        byte[] png = Drawn.png(2);
        Row scored = miniature().score(table(DataTypes.BinaryType, row(prompt, png))).first();
        assertSame(scored, plain(prompt, png));
        assertThat(score(scored, "ict_hp").<Integer>getAs("unread_tokens"))
                .isEqualTo(model.unreadTokens(prompt))
                .isPositive();
    }

    @Test
    void emptyTablesHaveTheSameColumns() {
        Dataset<Row> empty = miniature().score(table(DataTypes.BinaryType));
        assertThat(empty.collectAsList()).isEmpty();
        assertThat(empty.rdd().getNumPartitions()).isZero();
        Dataset<Row> full = miniature().score(table(DataTypes.BinaryType, row("a", Drawn.png(0))));
        assertThat(empty.schema()).isEqualTo(full.schema());
        assertThat(full.where("prompt = 'b'").count()).isZero();
    }

    @Test
    void columnsSayWhatTheirNumbersMean() {
        Dataset<Row> scored =
                miniature().score(table(DataTypes.BinaryType, row("a", Drawn.png(0))));
        assertThat(scored.schema().apply("ict_hp").metadata().getString("kind"))
                .isEqualTo("ICT-HP (cosine x sigmoid)");
        assertThat(score(scored.first(), "ict_hp").<String>getAs("provenance"))
                .contains("\"precision\":\"" + model.provenance().precision() + "\"")
                .contains(model.provenance().imageConvention());
    }

    @Test
    void rewardsOfDifferentConventionsHaveColumnsOfTheirOwn() {
        SparkReward ict = SparkReward.named("ict").ict("miniature:ict");
        SparkReward hp = SparkReward.named("hp").hp("miniature:hp").as("quality");
        byte[] png = Drawn.png(5);
        Row scored =
                SparkScoring.of(spark)
                        .reward(ict)
                        .reward(hp)
                        .score(table(DataTypes.BinaryType, row("a blue square", png)))
                        .first();
        RewardScore expected = plain("a blue square", png);
        assertThat(score(scored, "ict").<Double>getAs("score")).isEqualTo(expected.ict());
        assertThat(score(scored, "quality").<Double>getAs("score")).isEqualTo(expected.hp());
        assertThatThrownBy(() -> miniature().reward(SparkReward.miniature()))
                .hasMessageContaining("two rewards have the column 'ict_hp'");
        assertThat(plainClip(png)).isNotEqualTo(expected.ict());
    }

    private static double plainClip(byte[] png) {
        Row row =
                SparkScoring.of(spark)
                        .reward(SparkReward.named("ict").ict("miniature:clip"))
                        .score(table(DataTypes.BinaryType, row("a blue square", png)))
                        .first();
        try (RewardModel clip = RewardModel.ict().ict(Miniature.clip()).build()) {
            double expected =
                    clip.score(new PromptImage("a blue square", ImageSource.of("", png))).ict();
            assertThat(score(row, "ict").<Double>getAs("score")).isEqualTo(expected);
            return expected;
        }
    }

    @Test
    void aRewardWithoutPromptNeedsNone() {
        Dataset<Row> images =
                spark.createDataFrame(
                        List.of(RowFactory.create(Drawn.png(4))),
                        new StructType().add("content", DataTypes.BinaryType));
        Row scored =
                SparkScoring.of(spark)
                        .reward(SparkReward.named("hp").hp("miniature:hp"))
                        .image("content")
                        .score(images)
                        .first();
        assertThat(score(scored, "hp").<Double>getAs("score"))
                .isEqualTo(plain("", Drawn.png(4)).hp());
    }

    @Test
    void loadsAModelOnceForAllTasks() {
        SparkScoring.closeUnusedModels();
        SparkScoring scoring = miniature();
        List<Row> rows = new ArrayList<>();
        IntStream.range(0, 12).forEach(n -> rows.add(row("a", Drawn.png(n))));
        Dataset<Row> table = table(DataTypes.BinaryType, rows.toArray(Row[]::new)).repartition(6);
        scoring.score(table).collectAsList();
        scoring.score(table).collectAsList();
        assertThat(scoring.modelsLoaded()).isEqualTo(1);
    }

    @Test
    void scoresInSql() {
        miniature().register("score_ict");
        byte[] png = Drawn.png(9);
        table(DataTypes.BinaryType, row("a red circle", png), row("a", null))
                .createOrReplaceTempView("pictures");
        List<Row> rows =
                spark.sql(
                                "SELECT s.ict, s.hp, s.score, s.error FROM"
                                        + " (SELECT score_ict(prompt, image) AS s FROM pictures)")
                        .collectAsList();
        RewardScore expected = plain("a red circle", png);
        assertThat(rows.get(0).getDouble(0)).isEqualTo(expected.ict());
        assertThat(rows.get(0).getDouble(1)).isEqualTo(expected.hp());
        assertThat(rows.get(0).getDouble(2)).isEqualTo(expected.value());
        assertThat(rows.get(1).getString(3)).isEqualTo("the image is null");
        assertThat(
                        spark.sql(
                                        "SELECT avg(s.score) FROM (SELECT score_ict(prompt, image) AS s"
                                                + " FROM pictures)")
                                .first()
                                .getDouble(0))
                .isEqualTo(expected.value());
    }

    @Test
    void refusesTablesThatDoNotFit() {
        Dataset<Row> table = table(DataTypes.IntegerType);
        assertThatThrownBy(() -> miniature().score(table))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'image'")
                .hasMessageContaining("got int")
                .hasMessageContaining("binaryFile");
        assertThatThrownBy(() -> miniature().image("picture").score(table))
                .hasMessageContaining("expected the image in a column 'picture'")
                .hasMessageContaining("[prompt, image]");
        assertThatThrownBy(() -> miniature().prompt("text").score(table))
                .hasMessageContaining("expected the prompt in a column 'text'");
        assertThatThrownBy(() -> miniature().prompt("image").score(table))
                .hasMessageContaining("must hold strings, got int");
        Dataset<Row> scored = miniature().score(table(DataTypes.BinaryType));
        assertThatThrownBy(() -> miniature().score(scored))
                .hasMessageContaining("there is a column 'ict_hp' already");
        assertThatThrownBy(() -> SparkScoring.of(spark).score(table))
                .hasMessageContaining("name a reward");
        assertThatThrownBy(() -> SparkScoring.of(spark).reward(SparkReward.named("ict-hp")))
                .hasMessageContaining("needs the location of [ict, hp]");
        assertThatThrownBy(() -> SparkReward.named("nothing")).hasMessageContaining("nothing");
        assertThatThrownBy(() -> SparkReward.miniature().device("tpu"))
                .hasMessageContaining("got 'tpu'");
        assertThatThrownBy(() -> SparkReward.miniature().batch(0)).hasMessageContaining("got 0");
    }

    @Test
    void aModelThatIsNotThereEndsTheJobWithOneMessage(@TempDir Path folder) {
        Dataset<Row> scored =
                SparkScoring.of(spark)
                        .reward(SparkReward.named("ict").ict(folder.resolve("ICT").toString()))
                        .score(
                                table(
                                        DataTypes.BinaryType,
                                        row("a", Drawn.png(0)),
                                        row("a", Drawn.png(1))));
        assertThatThrownBy(scored::collectAsList)
                .satisfies(
                        e ->
                                assertThat(Throwables.getStackTraceAsString(e))
                                        .contains("cannot load ict {ict=" + folder.resolve("ICT"))
                                        .contains("docs/scale.md"));
    }
}
