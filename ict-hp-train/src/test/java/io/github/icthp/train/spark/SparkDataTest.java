package io.github.icthp.train.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.ImageSource;
import io.github.icthp.Miniature;
import io.github.icthp.RewardModel;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.data.IctLabels;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.RewardClipScorer;
import io.github.icthp.train.data.TripletImages;
import io.github.icthp.train.evaluation.table.PictureRow;
import io.github.icthp.train.evaluation.table.PictureRows;
import io.github.icthp.train.evaluation.table.PromptCondition;
import io.github.icthp.train.evaluation.table.ScoreTable;
import io.github.icthp.train.evaluation.table.ScoreTableResult;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Labels, score tables, choices of prompts, and whole jobs on Spark. */
class SparkDataTest {

    @TempDir private static Path scratch;

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = Sessions.on("local[2]", scratch).getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
        SparkScoring.closeUnusedModels();
    }

    private static final StructType TRIPLETS =
            new StructType()
                    .add("id", DataTypes.IntegerType)
                    .add("easy_prompt", DataTypes.StringType)
                    .add("refine_prompt", DataTypes.StringType)
                    .add("easy_image_0", DataTypes.BinaryType)
                    .add("easy_image_1", DataTypes.BinaryType)
                    .add("refine_image", DataTypes.BinaryType);

    private static final SparkReward CLIP = SparkReward.named("ict").ict("miniature:clip");

    @Test
    void labelsAsOneMachineDoes() {
        List<Row> rows = new ArrayList<>();
        List<PreferenceTriplet> triplets = new ArrayList<>();
        for (int n = 0; n < 9; n++) {
            String easy = Drawn.prompt(n);
            String refined = easy + " on a bright background";
            byte[][] png = {Drawn.png(3 * n), Drawn.png(3 * n + 1), Drawn.png(3 * n + 2)};
            rows.add(RowFactory.create(n, easy, refined, png[0], png[1], png[2]));
            triplets.add(
                    new PreferenceTriplet(
                            n,
                            easy,
                            refined,
                            new TripletImages(
                                    ImageSource.of("0", png[0]),
                                    ImageSource.of("1", png[1]),
                                    ImageSource.of("2", png[2]))));
        }
        rows.add(RowFactory.create(9, "a", "b", new byte[] {1}, Drawn.png(0), Drawn.png(1)));
        rows.add(RowFactory.create(10, "a", null, Drawn.png(0), Drawn.png(0), Drawn.png(1)));
        rows.add(RowFactory.create(11, null, "b", Drawn.png(0), Drawn.png(0), Drawn.png(1)));
        IctLabels labels = new IctLabels(0.3);
        List<Row> labeled =
                SparkLabeling.of(spark, CLIP)
                        .label(spark.createDataFrame(rows, TRIPLETS).repartition(3), labels)
                        .sort("id")
                        .collectAsList();
        try (RewardModel clip = RewardModel.ict().ict(Miniature.clip()).batch(1).build()) {
            List<IctTargets> expected =
                    new RewardClipScorer(clip)
                            .score(triplets).stream()
                                    .map(scores -> labels.targets(scores).clamped())
                                    .toList();
            for (int n = 0; n < expected.size(); n++) {
                Row row = labeled.get(n);
                assertThat(
                                new IctTargets(
                                        row.getAs("E1"),
                                        row.getAs("E2"),
                                        row.getAs("R1"),
                                        row.getAs("R2")))
                        .isEqualTo(expected.get(n));
                assertThat(row.<String>getAs("label_error")).isNull();
            }
        }
        assertThat(labeled.get(9).<Object>getAs("E1")).isNull();
        assertThat(labeled.get(9).<String>getAs("label_error")).startsWith("cannot decode");
        assertThat(labeled.get(10).<String>getAs("label_error"))
                .isEqualTo("the refined prompt is null");
        assertThat(labeled.get(11).<String>getAs("label_error")).isEqualTo("the prompt is null");
    }

    @Test
    void estimatesThetaAndReplacesLabels() {
        List<Row> rows = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            rows.add(
                    RowFactory.create(
                            n,
                            Drawn.prompt(n),
                            "refined",
                            Drawn.png(n),
                            Drawn.png(n + 1),
                            Drawn.png(n)));
        }
        SparkLabeling labeling = SparkLabeling.of(spark, CLIP);
        Dataset<Row> table = spark.createDataFrame(rows, TRIPLETS);
        double most;
        try (RewardModel clip = RewardModel.ict().ict(Miniature.clip()).batch(1).build()) {
            most =
                    rows.stream()
                            .mapToDouble(
                                    row ->
                                            clip.score(
                                                            new io.github.icthp.PromptImage(
                                                                    row.getString(1),
                                                                    ImageSource.of(
                                                                            "",
                                                                            (byte[]) row.get(5))))
                                                    .ict())
                            .max()
                            .orElseThrow();
        }
        if (most > 0) {
            assertThat(labeling.estimate(table, 1).theta()).isEqualTo(most);
        }
        Dataset<Row> once = labeling.label(table, new IctLabels(0.5));
        Dataset<Row> twice = labeling.label(once, new IctLabels(0.5));
        assertThat(twice.schema()).isEqualTo(once.schema());
        assertThat(twice.collectAsList()).isEqualTo(once.collectAsList());
        assertThatThrownBy(() -> SparkLabeling.of(spark, SparkReward.miniature()))
                .hasMessageContaining("got one of kind ICT-HP");
        assertThatThrownBy(() -> labeling.label(table.drop("easy_image_1"), new IctLabels(0.5)))
                .hasMessageContaining("'easy_image_1'");
    }

    @Test
    void aScoreTableHasTheFiguresOfOneMachine() throws Exception {
        List<Row> rows = new ArrayList<>();
        List<PictureRow> plain = new ArrayList<>();
        int n = 0;
        for (String model : List.of("sd", "flux")) {
            for (PromptCondition condition : PromptCondition.values()) {
                for (int prompt = 0; prompt < 4; prompt++) {
                    for (int copy = 0; copy <= prompt % 2; copy++, n++) {
                        boolean bad = n == 5;
                        byte[] png = bad ? new byte[] {7, 7} : Drawn.png(n);
                        String text = Drawn.prompt(prompt);
                        rows.add(
                                RowFactory.create(
                                        model, condition.label(), "p" + prompt, text, png));
                        plain.add(
                                new PictureRow(
                                        model,
                                        condition,
                                        "p" + prompt,
                                        text,
                                        ImageSource.of("picture " + n, png)));
                    }
                }
            }
        }
        StructType schema =
                new StructType()
                        .add("model", DataTypes.StringType)
                        .add("condition", DataTypes.StringType)
                        .add("prompt_id", DataTypes.StringType)
                        .add("prompt", DataTypes.StringType)
                        .add("image", DataTypes.BinaryType);
        ScoreTableResult found =
                SparkScoreTable.of(spark, "drawn")
                        .reward(SparkReward.named("ict").ict("miniature:ict").as("ICT"))
                        .reward(SparkReward.miniature().as("ICT-HP"))
                        .run(spark.createDataFrame(rows, schema));
        ScoreTableResult expected =
                ScoreTable.of(PictureRows.of("drawn", plain))
                        .column("ICT", () -> RewardModel.ict().miniature().batch(1).build())
                        .column("ICT-HP", () -> RewardModel.combined().miniature().batch(1).build())
                        .run();
        assertThat(found.cells()).isEqualTo(expected.cells());
        assertThat(found.changes()).isEqualTo(expected.changes());
        assertThat(found.wins()).isEqualTo(expected.wins());
        assertThat(found.rows()).isEqualTo(expected.rows());
        assertThat(found.prompts()).isEqualTo(expected.prompts());
        assertThat(found.failed()).isEqualTo(1);
        assertThat(found.failures().get(0).row()).isEqualTo(expected.failures().get(0).row());
        assertThat(found.failures().get(0).column()).isEqualTo("ICT");
        assertThat(found.columns().get(1).kind()).isEqualTo(expected.columns().get(1).kind());
        assertThat(found.columns().get(1).provenance().precision())
                .isEqualTo(expected.columns().get(1).provenance().precision());
        assertThatThrownBy(
                        () ->
                                SparkScoreTable.of(spark, "drawn")
                                        .reward(SparkReward.miniature())
                                        .run(spark.createDataFrame(List.of(), schema)))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("drawn has no rows");
    }

    @Test
    void aScoreTableRefusesAPictureThatIsListedTwice(@TempDir Path folder) throws Exception {
        List<Row> rows = new ArrayList<>();
        List<PictureRow> plain = new ArrayList<>();
        for (int n = 0; n < 6; n++) {
            Path file = folder.resolve(n % 4 + ".png");
            Files.write(file, Drawn.png(n % 4));
            String prompt = Drawn.prompt(n % 4);
            // The fifth row is the first one; the sixth has the second's file for another model.
            String model = n == 5 ? "flux" : "sd";
            Row picture = RowFactory.create(null, file.toString());
            rows.add(RowFactory.create(model, n == 4 ? " Base" : "base", prompt, picture));
            plain.add(
                    new PictureRow(
                            model, PromptCondition.BASE, prompt, prompt, ImageSource.of(file)));
        }
        StructType schema =
                new StructType()
                        .add("model", DataTypes.StringType)
                        .add("condition", DataTypes.StringType)
                        .add("prompt", DataTypes.StringType)
                        .add(
                                "image",
                                new StructType()
                                        .add("bytes", DataTypes.BinaryType)
                                        .add("path", DataTypes.StringType));
        SparkScoreTable table = SparkScoreTable.of(spark, "ours").reward(SparkReward.miniature());
        String expected =
                Assertions.catchThrowable(
                                () ->
                                        ScoreTable.of(PictureRows.of("ours", plain))
                                                .column(
                                                        "ICT-HP",
                                                        () ->
                                                                RewardModel.combined()
                                                                        .miniature()
                                                                        .build())
                                                .run())
                        .getMessage();
        assertThat(expected).contains("rows 1 and 5 are the same picture twice: sd, base");
        assertThatThrownBy(() -> table.run(spark.createDataFrame(rows, schema)))
                .isInstanceOf(DatasetException.class)
                .hasMessage(expected);
        assertThatThrownBy(() -> table.run(spark.createDataFrame(rows, schema).drop("prompt")))
                .hasMessageContaining("'prompt'");
        assertThat(
                        table.run(spark.createDataFrame(rows, schema).where("condition = 'base'"))
                                .rows())
                .isEqualTo(5);
        rows.set(4, RowFactory.create(null, "base", "a prompt", rows.get(0).get(3)));
        assertThatThrownBy(() -> table.run(spark.createDataFrame(rows, schema)))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("expected a model in every row, got null");
    }

    @Test
    void choosesBasePrompts() {
        StructType schema =
                new StructType()
                        .add("id", DataTypes.IntegerType)
                        .add("caption", DataTypes.StringType);
        List<String> captions =
                new ArrayList<>(
                        List.of(
                                "A red fox",
                                "  ",
                                "рыжая лиса",
                                "one two three four five six seven",
                                "a red fox!",
                                "a naked truth",
                                "A  blue  fox"));
        captions.add(null);
        List<Row> rows = new ArrayList<>();
        for (int n = 0; n < captions.size(); n++) {
            rows.add(RowFactory.create(n, captions.get(n)));
        }
        Map<Integer, String> removed =
                SparkPrompts.column("caption")
                        .longest(5)
                        .judge(spark.createDataFrame(rows, schema).repartition(3))
                        .collectAsList()
                        .stream()
                        .collect(
                                Collectors.toMap(
                                        row -> row.getInt(0),
                                        row -> String.valueOf(row.<String>getAs("removed"))));
        assertThat(removed).hasSize(captions.size());
        assertThat(List.of(removed.get(0), removed.get(4)))
                .containsExactlyInAnyOrder("null", "repeated");
        assertThat(removed)
                .containsEntry(1, "empty")
                .containsEntry(2, "not in Latin letters")
                .containsEntry(3, "7 tokens, of at most 5")
                .containsEntry(6, "null")
                .containsEntry(7, "empty");
        assertThat(removed.get(5)).endsWith("is on the list of words");
    }

    @Test
    void aWholeJobReadsAndWrites(@TempDir Path folder) {
        StructType schema =
                new StructType()
                        .add("text", DataTypes.StringType)
                        .add("picture", DataTypes.BinaryType);
        String input = folder.resolve("in").toUri().toString();
        String output = folder.resolve("out").toUri().toString();
        spark.createDataFrame(
                        List.of(
                                RowFactory.create("a red circle", Drawn.png(0)),
                                RowFactory.create("a red circle", new byte[] {1, 2})),
                        schema)
                .write()
                .parquet(input);
        SparkScoreJob job =
                SparkScoreJob.of(input, output).columns("text", "picture").partitions(2);
        assertThat(SparkScoreJob.isPossible()).isTrue();
        assertThat(ScoreJobRun.in(spark, job, List.of(SparkReward.miniature())))
                .isEqualTo(new SparkScoreJob.Result(2, 1));
        assertThat(spark.read().parquet(output).columns()).containsExactly("text", "ict_hp");
        assertThatThrownBy(() -> ScoreJobRun.in(spark, job, List.of(SparkReward.miniature())))
                .hasMessageContaining("out");
        job.overwrite(true).keepImages(true);
        ScoreJobRun.in(spark, job, List.of(SparkReward.miniature().as("a`b")));
        assertThat(spark.read().parquet(output).columns())
                .containsExactly("text", "picture", "a`b");
        assertThatThrownBy(() -> job.format("csv")).hasMessageContaining("got 'csv'");
    }
}
