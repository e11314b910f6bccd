package io.github.icthp.diffusion.spark;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.diffusion.draft.RolloutEngine;
import io.github.icthp.diffusion.draft.RolloutJob;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.torch.Torch;

import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

import java.util.OptionalInt;

/**
 * Computes the rollouts of a DRaFT-K run on the executors of a Spark application: every optimizer
 * step is a Spark job.
 *
 * <pre>{@code
 * RolloutEngine executors = SparkRollouts.on(spark.sparkContext(), device -> DraftReplica.of(
 *         DiffusionPipeline.builder(Path.of("/models/sd35-turbo")).device(device).build(),
 *         RewardModel.combined().ict("/models/ict").hp("/models/hp").device(device).build()));
 * DraftKOptimizer.builder().pipeline(pipeline).reward(reward)
 *         .engine(executors).prompts(prompts).output(folder).build().run();
 * }</pre>
 *
 * <p>A step broadcasts the adapters, maps its rollouts over the executors, and sums their gradients
 * in the order of the rollouts by a shuffle in chunks; the driver is given the sum, moves the
 * adapters, evaluates, and writes checkpoints. An executor holds one replica for each device, which
 * it opens at its first rollout and keeps until another run begins. A rollout depends on the
 * adapters, its step and its number alone, so Spark may repeat it where an executor was lost.
 *
 * <p>The bits are those of the run without Spark if every executor computes as the driver would: on
 * the same kind of processor or GPU, with the same number of CPU threads, which is checked.
 */
public final class SparkRollouts implements RolloutEngine {

    /** Floats of a gradient that are summed together: 4 MB. */
    private static final int CHUNK = 1 << 20;

    private final JavaSparkContext spark;
    private final ReplicaSource source;
    private final int chunk;
    private final OptionalInt threads;

    private SparkRollouts(
            JavaSparkContext spark, ReplicaSource source, int chunk, OptionalInt threads) {
        this.spark = spark;
        this.source = source;
        this.chunk = chunk;
        this.threads = threads;
    }

    /**
     * Takes the executors of an application.
     *
     * @param spark the application, which stays open
     * @param source opens model and reward on an executor: on the GPU that Spark gives the task as
     *     its resource {@code gpu}, on the CPU if it gives none; its files must be there on every
     *     executor
     * @return the engine
     */
    public static SparkRollouts on(SparkContext spark, ReplicaSource source) {
        return new SparkRollouts(
                JavaSparkContext.fromSparkContext(spark), source, CHUNK, OptionalInt.empty());
    }

    /**
     * Sets how many floats of the gradient are summed together. An executor that sums holds one
     * chunk of the sum; smaller chunks spread the sum over more tasks.
     *
     * @param floats 1,048,576 if this is not called
     * @return an engine with that size
     */
    public SparkRollouts chunk(int floats) {
        Preconditions.checkArgument(
                floats >= 1, "SparkRollouts: a chunk must hold a float at least, got %s", floats);
        return new SparkRollouts(spark, source, floats, threads);
    }

    /**
     * Sets how many threads a CPU operation uses on every executor. Sums within an operation depend
     * on it in their last bits. An executor whose PyTorch is loaded already with another number
     * refuses to compute on the CPU.
     *
     * @param count as many as on the driver if this is not called
     * @return an engine with that number
     */
    public SparkRollouts threads(int count) {
        Preconditions.checkArgument(
                count >= 1, "SparkRollouts: threads must be at least 1, got %s", count);
        return new SparkRollouts(spark, source, chunk, OptionalInt.of(count));
    }

    @Override
    public Run open(RolloutJob job, LoraAdapters lora) {
        return new SparkRun(
                spark,
                lora,
                new RunDescription(
                        job,
                        source,
                        AdapterBytes.of(lora),
                        new FlatTensors(lora.trainables(), chunk),
                        threads.orElseGet(Torch::threads)));
    }

    /** Returns where the rollouts are computed, for a run's record. */
    @Override
    public String toString() {
        return "Apache Spark " + spark.version() + " at " + spark.sc().master();
    }
}
