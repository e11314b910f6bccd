package io.github.icthp.diffusion.spark;

import ai.djl.Device;

import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.resource.ResourceInformation;

import scala.Tuple2;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Computes a rollout on an executor, and cuts its gradient into chunks. */
final class RolloutTask implements PairFlatMapFunction<Integer, Place, Serializable> {

    private static final long serialVersionUID = 1;

    private final Broadcast<RunDescription> run;
    private final Broadcast<byte[][]> adapters;
    private final long step;
    private final double lossScale;

    /**
     * Prepares the rollouts of a step.
     *
     * @param run what is the same for all steps
     * @param adapters the adapters before the step
     * @param step the optimizer step, from 0
     * @param lossScale what the loss is multiplied by
     */
    RolloutTask(
            Broadcast<RunDescription> run,
            Broadcast<byte[][]> adapters,
            long step,
            double lossScale) {
        this.run = run;
        this.adapters = adapters;
        this.step = step;
        this.lossScale = lossScale;
    }

    @Override
    public Iterator<Tuple2<Place, Serializable>> call(Integer rollout) {
        ExecutorWorker.Result result =
                ExecutorWorker.on(device(TaskContext.get()))
                        .rollout(run.value(), adapters, step, rollout, lossScale);
        List<Tuple2<Place, Serializable>> pieces = new ArrayList<>();
        pieces.add(new Tuple2<>(new Place(Place.REPORT, rollout), result.report()));
        for (int i = 0; i < result.gradient().size(); i++) {
            pieces.add(new Tuple2<>(new Place(i, rollout), result.gradient().get(i)));
        }
        return pieces.iterator();
    }

    /** The GPU that Spark gave this task, if it gives GPUs to tasks. */
    private static Device device(TaskContext task) {
        ResourceInformation gpus = task.resourcesJMap().get("gpu");
        return gpus == null ? Device.cpu() : Device.gpu(Integer.parseInt(gpus.addresses()[0]));
    }
}
