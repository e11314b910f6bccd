package io.github.icthp.diffusion.spark;

import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.diffusion.draft.RolloutEngine;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;

import java.util.Optional;
import java.util.UUID;

/**
 * A Spark application for programs that need not know Spark's classes: the one that runs already,
 * such as within {@code spark-submit} or a notebook, or a new one.
 */
public final class SparkApplication implements AutoCloseable {

    private static final String MASTER = "spark.master";

    /** Set by whoever starts an application, to tell whether it is the one that runs. */
    private static final String OWN = "spark.icthp.application";

    private final SparkContext spark;
    private final boolean own;

    private SparkApplication(SparkContext spark, boolean own) {
        this.spark = spark;
        this.own = own;
    }

    /**
     * Says whether Spark is there.
     *
     * @return false if its classes are not on the class path; nothing else here works then
     */
    public static boolean isPossible() {
        try {
            Class.forName(
                    "org.apache.spark.SparkContext",
                    false,
                    SparkApplication.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Joins the application that runs, or starts one.
     *
     * @param name what Spark's pages call it
     * @param master Spark's master, such as {@code local[2]} or {@code spark://host:7077}; empty to
     *     take what {@code spark-submit} was told
     * @return the application
     * @throws IllegalArgumentException if neither says which master
     */
    public static SparkApplication open(String name, Optional<String> master) {
        String id = UUID.randomUUID().toString();
        SparkConf conf = new SparkConf().set(OWN, id);
        master.ifPresent(conf::setMaster);
        if (!conf.contains("spark.app.name")) {
            conf.setAppName(name);
        }
        SparkContext spark = join(conf);
        return new SparkApplication(spark, spark.getConf().get(OWN, "").equals(id));
    }

    private static SparkContext join(SparkConf conf) {
        try {
            return SparkContext.getOrCreate(conf);
        } catch (Exception e) {
            // Scala declares no exceptions.
            if (e instanceof SparkException && !conf.contains(MASTER)) {
                throw new IllegalArgumentException(
                        "SparkApplication: expected a master, got none; name one such as local[2]"
                                + " or spark://host:7077, or start the program by spark-submit"
                                + " --master MASTER",
                        e);
            }
            throw e;
        }
    }

    /**
     * Computes rollouts on the application's executors.
     *
     * @param source opens model and reward on an executor
     * @return a {@link SparkRollouts} with its settings as they are by default
     */
    public RolloutEngine rollouts(ReplicaSource source) {
        return SparkRollouts.on(spark, source);
    }

    /** Ends the application if it was started here. */
    @Override
    public void close() {
        if (own) {
            spark.stop();
        }
    }
}
