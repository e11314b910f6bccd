package io.github.icthp.train.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

import java.util.List;

/** Runs what {@link SparkScoreJob} describes. */
final class ScoreJobRun {

    private ScoreJobRun() {}

    static SparkScoreJob.Result inOwnSession(SparkScoreJob job, List<SparkReward> rewards) {
        SparkSession spark = SparkSession.builder().appName("ict-hp spark-score").getOrCreate();
        try {
            return in(spark, job, rewards);
        } finally {
            spark.stop();
        }
    }

    /** Runs a job in a session that stays open. */
    static SparkScoreJob.Result in(
            SparkSession spark, SparkScoreJob job, List<SparkReward> rewards) {
        Dataset<Row> table = spark.read().format(job.format).load(job.input);
        SparkScoring scoring = SparkScoring.of(spark).prompt(job.prompt).image(job.image);
        for (SparkReward reward : rewards) {
            scoring = scoring.reward(reward);
        }
        Dataset<Row> scored =
                scoring.score(job.partitions > 0 ? table.repartition(job.partitions) : table);
        boolean keep =
                job.keepImages || new Columns("SparkScoreJob", table.schema()).isText(job.image);
        (keep ? scored : scored.drop(job.image))
                .write()
                .format(job.format)
                .mode(job.overwrite ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
                .save(job.output);
        return counted(
                spark.read().format(job.format).schema(scored.schema()).load(job.output), rewards);
    }

    private static SparkScoreJob.Result counted(Dataset<Row> written, List<SparkReward> rewards) {
        StringBuilder failed = new StringBuilder("count_if(false");
        for (SparkReward reward : rewards) {
            failed.append(" OR `")
                    .append(reward.column().replace("`", "``"))
                    .append("`.error IS NOT NULL");
        }
        Row counts = written.selectExpr("count(*)", failed.append(')').toString()).first();
        return new SparkScoreJob.Result(counts.getLong(0), counts.getLong(1));
    }
}
