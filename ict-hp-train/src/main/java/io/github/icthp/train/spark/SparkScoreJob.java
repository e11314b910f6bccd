package io.github.icthp.train.spark;

import com.google.common.base.Preconditions;

import java.util.List;
import java.util.Locale;

/**
 * A whole job: reads a table, scores it, and writes it again. This class names none of Spark's, so
 * that a program may ask whether Spark is there before it runs a job.
 */
public final class SparkScoreJob {

    private static final List<String> FORMATS = List.of("parquet", "json", "orc");

    final String input;
    final String output;
    String format = "parquet";
    String prompt = "prompt";
    String image = "image";
    boolean keepImages;
    boolean overwrite;
    int partitions;

    private SparkScoreJob(String input, String output) {
        this.input = input;
        this.output = output;
    }

    /**
     * How a job ended.
     *
     * @param rows rows that were written
     * @param failed how many of them have no score of some reward
     */
    public record Result(long rows, long failed) {}

    /**
     * Describes a job.
     *
     * @param input where the table is, of any file system that Hadoop knows
     * @param output the folder of the scored table
     * @return a job on parquet, with the columns {@code prompt} and {@code image}
     */
    public static SparkScoreJob of(String input, String output) {
        return new SparkScoreJob(input, output);
    }

    /**
     * Says whether Spark's classes are here, as they are in what {@code spark-submit} starts.
     *
     * @return whether a job can be run
     */
    public static boolean isPossible() {
        try {
            Class.forName(
                    "org.apache.spark.sql.SparkSession",
                    false,
                    Thread.currentThread().getContextClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Sets the format of both tables.
     *
     * @param format {@code parquet}, {@code json} or {@code orc}
     * @return this
     * @throws IllegalArgumentException if it is another
     */
    public SparkScoreJob format(String format) {
        Preconditions.checkArgument(
                FORMATS.contains(format.toLowerCase(Locale.ROOT)),
                "SparkScoreJob: expected a format among %s, got '%s'",
                FORMATS,
                format);
        this.format = format.toLowerCase(Locale.ROOT);
        return this;
    }

    /**
     * Names the columns.
     *
     * @param prompt the prompts'
     * @param image the pictures'
     * @return this
     */
    public SparkScoreJob columns(String prompt, String image) {
        this.prompt = prompt;
        this.image = image;
        return this;
    }

    /**
     * Writes the column of pictures again, which otherwise is left out unless it holds paths.
     *
     * @param keep whether to
     * @return this
     */
    public SparkScoreJob keepImages(boolean keep) {
        keepImages = keep;
        return this;
    }

    /**
     * Replaces what is at the output.
     *
     * @param replace whether to; otherwise the job refuses to run
     * @return this
     */
    public SparkScoreJob overwrite(boolean replace) {
        overwrite = replace;
        return this;
    }

    /**
     * Spreads the rows anew before they are scored, as for one large file that nothing can split.
     *
     * @param count how many partitions; 0 leaves them as they are read
     * @return this
     */
    public SparkScoreJob partitions(int count) {
        Preconditions.checkArgument(
                count >= 0, "SparkScoreJob: expected 0 or more partitions, got %s", count);
        partitions = count;
        return this;
    }

    /**
     * Runs the job in the session that {@code spark-submit} configured, and ends the session.
     *
     * @param rewards at least one
     * @return how many rows were written
     * @throws IllegalArgumentException if the table does not fit
     */
    public Result run(List<SparkReward> rewards) {
        return ScoreJobRun.inOwnSession(this, rewards);
    }
}
