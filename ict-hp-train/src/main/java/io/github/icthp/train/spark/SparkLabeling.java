package io.github.icthp.train.spark;

import com.google.common.base.Preconditions;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.data.ClipScores;
import io.github.icthp.train.data.IctLabels;
import io.github.icthp.train.data.IctTargets;

import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Computes the ICT targets of preference triplets on Spark (paper section 3), with the base CLIP.
 *
 * <pre>{@code
 * SparkLabeling labeling = SparkLabeling.of(spark, SparkReward.named("ict").ict("/models/clip"));
 * Dataset<Row> labeled = labeling.label(triplets, labeling.estimate(triplets, 0));
 * }</pre>
 *
 * <p>The columns are those of the released tables: {@code easy_prompt}, {@code refine_prompt},
 * {@code easy_image_0} (rejected), {@code easy_image_1} (preferred) and {@code refine_image}, whose
 * pictures may be paths, encoded pictures or Hugging Face's structs.
 */
public final class SparkLabeling {

    private static final String OPERATION = "SparkLabeling";
    private static final String EASY_PROMPT = "easy_prompt";
    private static final String REFINED_PROMPT = "refine_prompt";
    private static final String REJECTED = "easy_image_0";
    private static final String PREFERRED = "easy_image_1";
    private static final String REFINED = "refine_image";
    private static final List<String> LABELS = List.of("E1", "E2", "R1", "R2");
    private static final String ERROR = "label_error";

    private final SparkSession spark;
    private final SparkReward clip;

    private SparkLabeling(SparkSession spark, SparkReward clip) {
        this.spark = spark;
        this.clip = clip;
    }

    /**
     * Begins.
     *
     * @param spark the session
     * @param clip the reward {@code ict} with the base CLIP's weights
     * @return labeling by it
     * @throws IllegalArgumentException if it is another reward
     * @throws IllegalStateException if its weights have no location
     */
    public static SparkLabeling of(SparkSession spark, SparkReward clip) {
        Preconditions.checkArgument(
                clip.measure().kind().equals(RewardKind.ICT),
                "SparkLabeling: expected SparkReward.named(\"ict\") with the base CLIP's weights,"
                        + " got one of kind %s",
                clip.measure().kind());
        clip.requireParts();
        return new SparkLabeling(spark, clip);
    }

    /**
     * Estimates θ from the refined pictures against their easy prompts (paper equation 16). The
     * driver holds a number a row.
     *
     * @param triplets the table
     * @param quantile 0 for the least score as in the paper; see {@link IctLabels#estimate}
     * @return labels with the estimated θ; rows without a score do not count
     * @throws IllegalArgumentException if the table does not fit, or the estimate is no θ
     */
    public IctLabels estimate(Dataset<Row> triplets, double quantile) {
        Dataset<Row> scores =
                SparkScoring.of(spark)
                        .reward(clip.as("aligned"))
                        .prompt(EASY_PROMPT)
                        .image(REFINED)
                        .score(triplets.select(EASY_PROMPT, REFINED))
                        .where("aligned.score IS NOT NULL")
                        .selectExpr("aligned.score");
        List<Double> found = scores.as(Encoders.DOUBLE()).collectAsList();
        return IctLabels.estimate(found.stream().mapToDouble(Double::doubleValue), quantile);
    }

    /**
     * Adds targets: {@code E1}, {@code E2}, {@code R1} and {@code R2} in [0, 1], and {@code
     * label_error}, why a row has none. Targets that are there already are replaced.
     *
     * @param triplets the table
     * @param labels θ
     * @return the table with these columns at its end
     * @throws IllegalArgumentException if a column is missing or of another type
     */
    public Dataset<Row> label(Dataset<Row> triplets, IctLabels labels) {
        Dataset<Row> plain = triplets.drop(LABELS.toArray(String[]::new)).drop(ERROR);
        Columns columns = new Columns(OPERATION, plain.schema());
        Labeler labeler =
                new Labeler(
                        clip,
                        columns.text(EASY_PROMPT, EASY_PROMPT),
                        columns.text(REFINED_PROMPT, REFINED_PROMPT),
                        ImageColumn.of(spark, columns, OPERATION, REJECTED),
                        ImageColumn.of(spark, columns, OPERATION, PREFERRED),
                        labels.theta());
        StructType schema = plain.schema();
        for (String label : LABELS) {
            schema = schema.add(label, DataTypes.DoubleType);
        }
        schema = schema.add(ERROR, DataTypes.StringType);
        return plain.mapPartitions(labeler, Encoders.row(schema));
    }

    /**
     * Labels a partition's rows on an executor.
     *
     * @param clip the base CLIP
     * @param easy place of the easy prompt
     * @param refined place of the refined prompt
     * @param rejected the rejected pictures
     * @param preferred the preferred pictures
     * @param theta θ
     */
    private record Labeler(
            SparkReward clip,
            int easy,
            int refined,
            ImageColumn rejected,
            ImageColumn preferred,
            double theta)
            implements MapPartitionsFunction<Row, Row> {

        @Override
        public Iterator<Row> call(Iterator<Row> rows) {
            if (!rows.hasNext()) {
                return rows;
            }
            LoadedRewards.Use use = LoadedRewards.use(clip);
            return new ScoredRows(rows, use, new Triplet(this, use.model()));
        }
    }

    private record Triplet(Labeler labeler, RewardModel model) implements ScoredRows.ScoredRow {

        @Override
        public int size() {
            return 2;
        }

        @Override
        public List<PromptImage> pairs(Row row) {
            String prompt = row.getString(labeler.easy);
            return List.of(
                    RowScoring.pair(prompt, labeler.rejected.read(row)),
                    RowScoring.pair(prompt, labeler.preferred.read(row)));
        }

        @Override
        public Row with(Row row, List<RewardScore> scores) {
            String refined = row.getString(labeler.refined);
            Optional<RuntimeException> failure =
                    scores.stream().flatMap(score -> score.error().stream()).findFirst();
            @Nullable Object[] cells = new @Nullable Object[LABELS.size() + 1];
            if (failure.isPresent()) {
                cells[LABELS.size()] = ScoreColumn.error(failure.get());
            } else if (refined == null) {
                cells[LABELS.size()] = "the refined prompt is null";
            } else {
                IctTargets targets = targets(row.getString(labeler.easy), refined, scores);
                cells[0] = targets.e1();
                cells[1] = targets.e2();
                cells[2] = targets.r1();
                cells[3] = targets.r2();
            }
            return RowScoring.appended(row, cells);
        }

        private IctTargets targets(String easy, String refined, List<RewardScore> scores) {
            double prompts = model.promptCosines(List.of(easy), List.of(refined))[0];
            ClipScores clip = new ClipScores(scores.get(0).ict(), scores.get(1).ict(), prompts);
            return new IctLabels(labeler.theta).targets(clip).clamped();
        }
    }
}
