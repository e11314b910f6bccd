package io.github.icthp.diffusion.spark;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.draft.Rollout;
import io.github.icthp.diffusion.draft.RolloutEngine;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

import scala.Tuple2;

import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/** The driver's side of a run: a Spark job for each step. */
final class SparkRun implements RolloutEngine.Run {

    private final JavaSparkContext spark;
    private final RunDescription description;
    private final Broadcast<RunDescription> run;
    private final Map<String, Trainable> trainables = new LinkedHashMap<>();

    SparkRun(JavaSparkContext spark, LoraAdapters lora, RunDescription description) {
        this.spark = spark;
        this.description = description;
        lora.trainables().forEach(t -> trainables.put(t.name(), t));
        this.run = broadcast(description);
    }

    private Broadcast<RunDescription> broadcast(RunDescription described) {
        try {
            return spark.broadcast(described);
        } catch (Exception e) {
            // Scala declares no exceptions.
            if (e instanceof NotSerializableException) {
                throw new IllegalArgumentException(
                        "SparkRollouts: the source of replicas cannot travel to executors, as it"
                                + " holds a "
                                + e.getMessage()
                                + "; let its lambda capture texts and numbers alone, such as a"
                                + " folder's name in place of a Path",
                        e);
            }
            throw e;
        }
    }

    @Override
    public List<Rollout> gradients(long step, double lossScale, Gradients sum) {
        Broadcast<byte[][]> adapters =
                spark.broadcast(
                        description
                                .layout()
                                .read(name -> Optional.of(trainables.get(name).master())));
        try {
            return add(collect(step, new RolloutTask(run, adapters, step, lossScale)), sum);
        } finally {
            adapters.destroy();
        }
    }

    private List<Tuple2<Place, Serializable>> collect(long step, RolloutTask task) {
        int rollouts = description.job().rollouts();
        List<Integer> numbers = IntStream.range(0, rollouts).boxed().toList();
        int partitions =
                Math.max(1, Math.min(description.layout().chunks(), spark.defaultParallelism()));
        JavaPairRDD<Place, Serializable> pieces =
                spark.parallelize(numbers, rollouts)
                        .flatMapToPair(task)
                        .repartitionAndSortWithinPartitions(new Place.ByChunk(partitions));
        JavaRDD<Tuple2<Place, Serializable>> sums = pieces.mapPartitions(new OrderedSum(rollouts));
        try {
            return asJob(step, sums);
        } finally {
            // Otherwise the files of all steps would lie there until the driver collects garbage.
            sums.rdd().cleanShuffleDependencies(false);
        }
    }

    private List<Tuple2<Place, Serializable>> asJob(
            long step, JavaRDD<Tuple2<Place, Serializable>> sums) {
        String tag = "draft-k-" + description.run();
        String before = spark.getLocalProperty("spark.job.description");
        spark.setJobDescription("DRaFT-K: step " + step);
        spark.addJobTag(tag);
        try {
            return sums.collect();
        } catch (Exception e) {
            // Scala declares no exceptions.
            spark.cancelJobsWithTag(tag);
            throw failure(step, e);
        } finally {
            spark.removeJobTag(tag);
            spark.setJobDescription(before);
        }
    }

    private static RuntimeException failure(long step, Exception cause) {
        if (cause instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            CancellationException stopped =
                    new CancellationException("SparkRollouts: interrupted in step " + step);
            stopped.initCause(cause);
            return stopped;
        }
        String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return new IllegalStateException(
                String.format(Locale.ROOT, "SparkRollouts: step %d: %s", step, reason), cause);
    }

    private List<Rollout> add(List<Tuple2<Place, Serializable>> collected, Gradients sum) {
        byte[][] chunks = new byte[description.layout().chunks()][];
        RolloutReport[] reports = new RolloutReport[description.job().rollouts()];
        for (Tuple2<Place, Serializable> piece : collected) {
            if (piece._2() instanceof RolloutReport report) {
                reports[piece._1().rollout()] = report;
            } else {
                chunks[piece._1().chunk()] = (byte[]) piece._2();
            }
        }
        Set<Integer> places = new LinkedHashSet<>();
        List.of(reports).forEach(report -> places.addAll(report.gradients()));
        places.forEach(place -> add(place, chunks, sum));
        return List.of(reports).stream().map(RolloutReport::rollout).toList();
    }

    private void add(int place, byte[][] chunks, Gradients sum) {
        String name = description.layout().names().get(place);
        NDArray target = trainables.get(name).master();
        TensorScope.run(
                sum.device(),
                () ->
                        sum.add(
                                name,
                                Tensors.of(
                                        description.layout().values(place, chunks),
                                        target.getShape().getShape())));
    }

    /** Frees what the driver's own process holds; executors do when another run begins. */
    @Override
    public void close() {
        run.destroy();
        ExecutorWorker.release(description.run());
    }
}
