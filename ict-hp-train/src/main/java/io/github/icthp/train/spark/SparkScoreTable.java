package io.github.icthp.train.spark;

import com.google.common.base.Preconditions;

import io.github.icthp.ScoreProvenance;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.PromptCondition;
import io.github.icthp.train.evaluation.table.PromptScores;
import io.github.icthp.train.evaluation.table.PromptScores.Sum;
import io.github.icthp.train.evaluation.table.ScoreTableResult;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Failure;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Compares generators by rewards on Spark: what {@link
 * io.github.icthp.train.evaluation.table.ScoreTable} does on one machine, and the same figures.
 * Executors score and sum; the driver holds a few numbers a generator, prompt and reward.
 *
 * <pre>{@code
 * ScoreTableResult found = SparkScoreTable.of(spark, "our pictures")
 *         .reward(SparkReward.named("pickscore").weights("/models/PickScore").as("PickScore"))
 *         .reward(SparkReward.named("ict-hp").ict("/models/ICT").hp("/models/HP").as("ICT-HP"))
 *         .run(pictures);
 * ScoreTableReport.of(found).write(Path.of("table.html"));
 * }</pre>
 *
 * <p>The columns are a manifest's: {@code model}, {@code image}, {@code prompt}, and optionally
 * {@code condition} (else {@code base}) and {@code prompt_id} (else the prompt).
 */
public final class SparkScoreTable {

    private static final String OPERATION = "SparkScoreTable";
    private static final String ROW = RowNumbers.PLACE;
    private static final String FIRST = "__first";
    private static final int RESAMPLES = 1000;

    private final SparkSession spark;
    private final String data;
    private final List<SparkReward> rewards;
    private final int resamples;
    private final long seed;

    private SparkScoreTable(
            SparkSession spark, String data, List<SparkReward> rewards, int resamples, long seed) {
        this.spark = spark;
        this.data = data;
        this.rewards = List.copyOf(rewards);
        this.resamples = resamples;
        this.seed = seed;
    }

    /**
     * Begins.
     *
     * @param spark the session
     * @param data what reports call the pictures
     * @return a table that needs rewards
     */
    public static SparkScoreTable of(SparkSession spark, String data) {
        return new SparkScoreTable(spark, data, List.of(), RESAMPLES, 0);
    }

    /**
     * Adds a column, called {@link SparkReward#as} its name.
     *
     * @param reward the reward
     * @return a table with it
     */
    public SparkScoreTable reward(SparkReward reward) {
        List<SparkReward> more = new ArrayList<>(rewards);
        more.add(reward);
        return new SparkScoreTable(spark, data, more, resamples, seed);
    }

    /**
     * Sets the draws for intervals.
     *
     * @param resamples how many, 1,000 if it is not set
     * @param seed of the draws, 0 if it is not set
     * @return a table with them
     */
    public SparkScoreTable bootstrap(int resamples, long seed) {
        return new SparkScoreTable(spark, data, rewards, resamples, seed);
    }

    /**
     * Scores every picture, and compares.
     *
     * @param pictures the pictures
     * @return what was found
     * @throws IllegalStateException if there is no reward, or executors computed in different
     *     precisions or conventions
     * @throws IllegalArgumentException if a column is missing or of another type
     * @throws DatasetException if there are no rows, a model or prompt_id is missing, a condition
     *     is no such, or two rows are the same picture, as far as pictures have paths
     */
    public ScoreTableResult run(Dataset<Row> pictures) {
        Preconditions.checkState(
                !rewards.isEmpty(), "SparkScoreTable: name rewards by .reward(...)");
        Dataset<Row> scored = scored(pictures).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            PromptScores scores = PromptScores.of(data);
            for (Iterator<Row> each = sums(scored).toLocalIterator(); each.hasNext(); ) {
                Row row = each.next();
                List<Sum> sums = new ArrayList<>();
                for (int i = 0; i < rewards.size(); i++) {
                    sums.add(new Sum(row.getAs("sum" + i), (int) (long) row.getAs("count" + i)));
                }
                scores.add(text(row, "model"), condition(row), text(row, "prompt_id"), sums);
            }
            return scores.result(columns(scored), rows(scored), resamples, seed);
        } finally {
            scored.unpersist();
        }
    }

    /** A row a picture: which it is, and a score and an error a reward. */
    private Dataset<Row> scored(Dataset<Row> pictures) {
        Columns columns = new Columns(OPERATION, pictures.schema());
        columns.text("model", "model");
        columns.text("prompt", "prompt");
        columns.place("image", "image");
        boolean conditions = Arrays.asList(pictures.columns()).contains("condition");
        boolean ids = Arrays.asList(pictures.columns()).contains("prompt_id");
        Dataset<Row> rows =
                pictures.select(
                        functions.col("model"),
                        (conditions ? functions.col("condition") : functions.lit("base"))
                                .as("condition"),
                        functions.col(ids ? "prompt_id" : "prompt").as("prompt_id"),
                        functions.col("prompt"),
                        functions.col("image"),
                        name(columns).as("name"),
                        RowNumbers.places());
        requireDistinct(rows);
        SparkScoring scoring = SparkScoring.of(spark);
        for (int i = 0; i < rewards.size(); i++) {
            scoring = scoring.reward(rewards.get(i).as("reward" + i));
        }
        return scoring.score(rows).drop("image", "prompt");
    }

    /** The path of a row's picture, or null if it has none. */
    private static Column name(Columns columns) {
        DataType type = columns.type(columns.place("image", "image"));
        if (type.equals(DataTypes.StringType)) {
            return functions.col("image");
        }
        boolean named =
                type instanceof StructType struct
                        && Arrays.asList(struct.fieldNames()).contains("path");
        return named ? functions.col("image.path") : functions.lit(null).cast(DataTypes.StringType);
    }

    /** Fails if two rows have the same path and all else alike. */
    private void requireDistinct(Dataset<Row> rows) {
        List<Row> twice =
                rows.where("name IS NOT NULL")
                        .groupBy(
                                functions.col("model"),
                                functions.expr("lower(trim(condition))").as("condition"),
                                functions.col("prompt_id"),
                                functions.col("name"))
                        .agg(
                                functions.min(ROW).as(FIRST),
                                functions.max(ROW).as("last"),
                                functions.count("*").as("times"))
                        .where("times > 1")
                        .orderBy(FIRST)
                        .limit(1)
                        .collectAsList();
        for (Row row : twice) {
            RowNumbers numbers = new RowNumbers(rows);
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: rows %d and %d are the same picture twice: %s, %s, prompt %s, %s",
                            data,
                            numbers.of(row.getAs(FIRST)),
                            numbers.of(row.getAs("last")),
                            row.getAs("model"),
                            condition(row).label(),
                            row.getAs("prompt_id"),
                            row.getAs("name")));
        }
    }

    /** A row a generator, condition and prompt, in the order of their first pictures. */
    private Dataset<Row> sums(Dataset<Row> scored) {
        List<Column> figures = new ArrayList<>();
        for (int i = 0; i < rewards.size(); i++) {
            // In the order of the rows, as sums of doubles depend on it.
            String found =
                    String.format(
                            Locale.ROOT,
                            "aggregate(array_sort(collect_list(IF(reward%d.score IS NULL, NULL,"
                                    + " named_struct('row', %s, 'score', reward%d.score)))), 0D, (sum,"
                                    + " one) -> sum + one.score)",
                            i,
                            ROW,
                            i);
            figures.add(functions.expr(found).as("sum" + i));
            figures.add(functions.expr("count(reward" + i + ".score)").as("count" + i));
        }
        return scored.groupBy("model", "condition", "prompt_id")
                .agg(functions.min(ROW).as(FIRST), figures.toArray(Column[]::new))
                .orderBy(FIRST);
    }

    private static String text(Row row, String column) {
        String text = row.getAs(column);
        if (text == null || text.isBlank()) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: expected a %s in every row, got %s where model is %s and prompt_id is"
                                    + " %s",
                            OPERATION,
                            column,
                            text == null ? "null" : "a blank one",
                            row.getAs("model"),
                            row.getAs("prompt_id")));
        }
        return text;
    }

    private static PromptCondition condition(Row row) {
        String label = row.getAs("condition");
        try {
            return PromptCondition.of(String.valueOf(label));
        } catch (IllegalArgumentException e) {
            throw new DatasetException(OPERATION + ": " + e.getMessage());
        }
    }

    private List<ScoreTableResult.Column> columns(Dataset<Row> scored) {
        List<ScoreTableResult.Column> columns = new ArrayList<>();
        for (int i = 0; i < rewards.size(); i++) {
            SparkReward reward = rewards.get(i);
            List<ScoreProvenance> made =
                    scored
                            .selectExpr("reward" + i + ".provenance")
                            .distinct()
                            .collectAsList()
                            .stream()
                            .map(row -> ScoreColumn.provenance(row.getString(0)))
                            .toList();
            if (made.isEmpty()) {
                throw new DatasetException(data + " has no rows");
            }
            requireAlike(reward, made);
            columns.add(
                    new ScoreTableResult.Column(
                            reward.column(), reward.measure().kind(), made.get(0)));
        }
        return columns;
    }

    /** Executors may differ in where their files are, but in nothing that moves a score. */
    private static void requireAlike(SparkReward reward, List<ScoreProvenance> made) {
        List<String> conventions =
                made.stream()
                        .map(
                                one ->
                                        one.precision()
                                                + ", "
                                                + one.imageConvention()
                                                + ", "
                                                + one.promptConvention()
                                                + ", "
                                                + one.textLength())
                        .distinct()
                        .toList();
        if (conventions.size() > 1) {
            throw new IllegalStateException(
                    "SparkScoreTable: executors computed "
                            + reward.column()
                            + " in different ways: "
                            + conventions
                            + "; set its .precision(...)");
        }
    }

    private PromptScores.Rows rows(Dataset<Row> scored) {
        RowNumbers numbers = new RowNumbers(scored);
        long count = scored.count();
        List<String> errors = new ArrayList<>();
        for (int i = 0; i < rewards.size(); i++) {
            errors.add("reward" + i + ".error");
        }
        Dataset<Row> failed =
                scored.where(
                        errors.stream()
                                .map(error -> error + " IS NOT NULL")
                                .collect(Collectors.joining(" OR ")));
        List<Failure> listed = new ArrayList<>();
        for (Row row : failed.orderBy(ROW).limit(ScoreTableResult.LISTED).collectAsList()) {
            listed.add(failure(row, numbers.of(row.getAs(ROW))));
        }
        return new PromptScores.Rows(
                Math.toIntExact(count), Math.toIntExact(failed.count()), listed, notes(scored));
    }

    /** Says which rewards did not read some prompts to their ends. */
    private List<String> notes(Dataset<Row> scored) {
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < rewards.size(); i++) {
            String unread = "reward" + i + "." + ScoreColumn.UNREAD;
            Row found =
                    scored.where(unread + " > 0")
                            .selectExpr("count(DISTINCT prompt_id)", "max(" + unread + ")")
                            .head();
            if (found.getLong(0) > 0) {
                notes.add(
                        String.format(
                                Locale.ROOT,
                                "%s does not read the ends of %d prompts: up to %d tokens",
                                rewards.get(i).column(),
                                found.getLong(0),
                                found.getInt(1)));
            }
        }
        return notes;
    }

    private Failure failure(Row row, int number) {
        for (int i = 0; i < rewards.size(); i++) {
            Row score = row.getAs("reward" + i);
            String error = score.getAs(ScoreColumn.ERROR);
            if (error != null) {
                return new Failure(
                        number,
                        row.getAs("model"),
                        condition(row),
                        row.getAs("prompt_id"),
                        row.getAs("name") == null ? "the image" : row.getAs("name"),
                        rewards.get(i).column(),
                        error);
            }
        }
        throw new IllegalStateException("SparkScoreTable: row " + number + " has no error");
    }
}
