package io.github.icthp.train.spark;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.image.ImageDecodeException;

import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Scores a table's pictures on Spark.
 *
 * <pre>{@code
 * Dataset<Row> scored = SparkScoring.of(spark)
 *         .reward(SparkReward.named("ict-hp").ict("/models/ICT").hp("/models/HP"))
 *         .score(spark.read().parquet("hdfs:///pictures"));
 * scored.select("prompt", "ict_hp.ict", "ict_hp.hp", "ict_hp.score", "ict_hp.error");
 * }</pre>
 *
 * <p>Each reward adds a column, named after it: a struct of {@code score}, the parts that it is the
 * product of, {@code unread_tokens} of a prompt that is longer than the model reads, {@code error}
 * of a row without a score, and {@code provenance}, how the score was made as JSON. What is known
 * beforehand, the kind and its scale, is also the column's metadata.
 *
 * <p>A picture that cannot be read, a missing one, and a missing prompt make a row with an error
 * and no score; they end no job. A model that cannot be loaded ends it, with one message.
 *
 * <p>An executor loads a model once and keeps it; its tasks decode side by side and compute one
 * after another, with every thread of OpenMP. Nothing runs before Spark is asked for rows.
 */
public final class SparkScoring {

    private static final String OPERATION = "SparkScoring";

    private final SparkSession spark;
    private final List<SparkReward> rewards;
    private final String prompt;
    private final String image;
    private final LongAccumulator loads;

    private SparkScoring(
            SparkSession spark,
            List<SparkReward> rewards,
            String prompt,
            String image,
            LongAccumulator loads) {
        this.spark = spark;
        this.rewards = List.copyOf(rewards);
        this.prompt = prompt;
        this.image = image;
        this.loads = loads;
    }

    /**
     * Begins.
     *
     * @param spark the session
     * @return scoring that needs a reward, and reads the columns {@code prompt} and {@code image}
     */
    public static SparkScoring of(SparkSession spark) {
        LongAccumulator loads = spark.sparkContext().longAccumulator("ict-hp: models loaded");
        return new SparkScoring(spark, List.of(), "prompt", "image", loads);
    }

    /**
     * Adds a reward, whose column is called {@link SparkReward#as} its name. Several rewards are
     * computed one after another, and have a column each: numbers on different scales never mix.
     *
     * @param reward the reward
     * @return scoring with it
     * @throws IllegalStateException if a part of it has no location
     * @throws IllegalArgumentException if another reward has its column
     */
    public SparkScoring reward(SparkReward reward) {
        reward.requireParts();
        Preconditions.checkArgument(
                rewards.stream().noneMatch(r -> r.column().equalsIgnoreCase(reward.column())),
                "SparkScoring: two rewards have the column '%s'; name one by .as(column)",
                reward.column());
        List<SparkReward> more = new ArrayList<>(rewards);
        more.add(reward);
        return new SparkScoring(spark, more, prompt, image, loads);
    }

    /**
     * Names the column of the prompts.
     *
     * @param column a column of strings
     * @return scoring that reads it
     */
    public SparkScoring prompt(String column) {
        return new SparkScoring(spark, rewards, column, image, loads);
    }

    /**
     * Names the column of the pictures.
     *
     * @param column a column of paths of any Hadoop file system, of encoded pictures, or of structs
     *     {@code bytes, path} as Hugging Face's data sets have them
     * @return scoring that reads it
     */
    public SparkScoring image(String column) {
        return new SparkScoring(spark, rewards, prompt, column, loads);
    }

    /**
     * Adds the columns of scores. Rows keep their order and partitions.
     *
     * @param table has the columns of prompts and pictures
     * @return the table with a column a reward
     * @throws IllegalStateException if there is no reward
     * @throws IllegalArgumentException if a column is missing or of another type, or one of a
     *     reward's name is there; it says what was found
     */
    public Dataset<Row> score(Dataset<Row> table) {
        Preconditions.checkState(!rewards.isEmpty(), "SparkScoring: name a reward by .reward(...)");
        Dataset<Row> scored = table;
        for (SparkReward reward : rewards) {
            scored = score(scored, reward);
        }
        return scored;
    }

    private Dataset<Row> score(Dataset<Row> table, SparkReward reward) {
        Columns columns = new Columns(OPERATION, table.schema());
        boolean reads = reward.measure().readsPrompt();
        RowScoring scoring =
                new RowScoring(
                        reward,
                        reads ? columns.text(prompt, "prompt") : -1,
                        ImageColumn.of(spark, columns, OPERATION, image),
                        loads);
        columns.requireFree(reward.column(), "name the scores' by .as(column)");
        StructType schema = table.schema().add(reward.column(), ScoreColumn.type(reward.measure()));
        Dataset<Row> scored = table.mapPartitions(scoring, Encoders.row(schema));
        return scored.select(described(scored, reward));
    }

    /** Every column as it is, and the last with what is known of its scores. */
    private static Column[] described(Dataset<Row> scored, SparkReward reward) {
        Column[] columns =
                Arrays.stream(scored.columns())
                        .map(name -> scored.col("`" + name.replace("`", "``") + "`"))
                        .toArray(Column[]::new);
        int last = columns.length - 1;
        columns[last] = columns[last].as(reward.column(), ScoreColumn.metadata(reward));
        return columns;
    }

    /**
     * Registers a function of SQL, {@code name(prompt, image)}, that returns the struct that {@link
     * #score} adds. It scores row by row: it decodes nothing ahead, so {@link #score} is faster
     * where a task has an executor for itself. Spark takes no such function within an aggregate:
     * score in a subquery, and aggregate its columns.
     *
     * <pre>{@code
     * SparkScoring.of(spark).reward(SparkReward.miniature()).register("score_ict");
     * spark.sql("SELECT score_ict(prompt, image).score FROM pictures");
     * }</pre>
     *
     * @param name the function's name
     * @throws IllegalStateException if there is not exactly one reward
     */
    public void register(String name) {
        Preconditions.checkState(
                rewards.size() == 1,
                "SparkScoring.register: expected one reward, got %s; register one at a time",
                rewards.size());
        SparkReward reward = rewards.get(0);
        UDF2<String, Object, Row> function = function(reward, ImageColumn.hadoop(spark), loads);
        // Otherwise the optimizer computes a score once for each of its fields that is selected.
        spark.udf()
                .register(
                        name,
                        functions
                                .udf(function, ScoreColumn.type(reward.measure()))
                                .asNondeterministic());
    }

    private static UDF2<String, Object, Row> function(
            SparkReward reward, Broadcast<HadoopSettings> hadoop, LongAccumulator loads) {
        return (text, cell) -> {
            try (LoadedRewards.Use use = LoadedRewards.use(reward)) {
                if (use.loaded()) {
                    loads.add(1);
                }
                boolean reads = reward.measure().readsPrompt();
                PromptImage pair =
                        RowScoring.pair(reads ? text : "", ImageColumn.source(cell, hadoop));
                return scored(use.model(), pair);
            }
        };
    }

    private static Row scored(RewardModel model, PromptImage pair) {
        @Nullable RuntimeException failure = null;
        RewardScore score;
        try {
            score = model.score(pair);
        } catch (ImageDecodeException e) {
            failure = e;
            score =
                    new RewardScore(
                            pair.prompt(),
                            pair.image().name(),
                            model.kind(),
                            ImmutableDoubleArray.of(),
                            failure,
                            model.provenance());
        }
        int unread = failure == null ? model.unreadTokens(pair.prompt()) : 0;
        return ScoreColumn.cell(score, unread, ScoreColumn.json(model.provenance()));
    }

    /**
     * Returns how often a model was loaded by the tasks that have ended: once an executor, and once
     * more for every executor that took a lost one's place.
     *
     * @return loads of this scoring so far
     */
    public long modelsLoaded() {
        return loads.value();
    }

    /**
     * Closes the models that this process holds and no task uses, as after jobs on {@code
     * local[*]}. Executors close theirs with themselves, or when they need another.
     */
    public static void closeUnusedModels() {
        LoadedRewards.closeUnused();
    }
}
