package io.github.icthp.diffusion.spark;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.diffusion.draft.Rollout;
import io.github.icthp.diffusion.draft.RolloutWorker;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The one replica that this process has on a device. Tasks that share it wait for each other. It is
 * opened for the first rollout of a run, and closed when another run begins.
 */
final class ExecutorWorker {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutorWorker.class);
    private static final Map<Device, ExecutorWorker> BY_DEVICE = new ConcurrentHashMap<>();
    private static final String THREADS = "ai.djl.pytorch.num_threads";

    private final Device device;
    private @Nullable Opened opened;

    private ExecutorWorker(Device device) {
        this.device = device;
    }

    /** A worker of some run, and which broadcast its adapters come from. */
    private static final class Opened {

        private final UUID run;
        private final RolloutWorker worker;
        private long adapters = -1;

        private Opened(UUID run, RolloutWorker worker) {
            this.run = run;
            this.worker = worker;
        }
    }

    /**
     * What a task returns.
     *
     * @param report rewards and the like
     * @param gradient the gradient's chunks
     */
    record Result(RolloutReport report, List<byte[]> gradient) {}

    static ExecutorWorker on(Device device) {
        return BY_DEVICE.computeIfAbsent(device, ExecutorWorker::new);
    }

    /** Frees what this process holds of a run. */
    static void release(UUID run) {
        BY_DEVICE.values().forEach(worker -> worker.releaseIf(run));
    }

    private synchronized void releaseIf(UUID run) {
        if (opened != null && opened.run.equals(run)) {
            release();
        }
    }

    private void release() {
        if (opened != null) {
            opened.worker.close();
            opened = null;
        }
    }

    /**
     * Computes a rollout.
     *
     * @param run what is the same for all steps
     * @param adapters the adapters before the step
     * @param step the optimizer step, from 0
     * @param rollout the rollout's number in the step
     * @param lossScale what the loss is multiplied by
     */
    synchronized Result rollout(
            RunDescription run,
            Broadcast<byte[][]> adapters,
            long step,
            int rollout,
            double lossScale) {
        Opened ready = ready(run, step);
        if (ready.adapters != adapters.id()) {
            take(run.layout(), ready.worker.trainables(), adapters.value());
            ready.adapters = adapters.id();
        }
        try (Gradients own = new Gradients(device)) {
            Rollout outcome = ready.worker.rollout(step, rollout, lossScale, own);
            return result(run.layout(), outcome, own.tensors());
        }
    }

    private static Result result(
            FlatTensors layout, Rollout outcome, Map<String, NDArray> gradients) {
        Map<String, Integer> places = layout.places();
        ImmutableList<Integer> order =
                gradients.keySet().stream()
                        .map(places::get)
                        .collect(ImmutableList.toImmutableList());
        byte[][] chunks = layout.read(name -> Optional.ofNullable(gradients.get(name)));
        return new Result(new RolloutReport(outcome, order), Arrays.asList(chunks));
    }

    private void take(FlatTensors layout, List<Trainable> targets, byte[][] chunks) {
        Map<String, Integer> places = layout.places();
        for (Trainable target : targets) {
            TensorScope.run(
                    device,
                    () -> {
                        float[] values = layout.values(places.get(target.name()), chunks);
                        long[] shape = target.master().getShape().getShape();
                        Tensors.overwrite(target.master(), Tensors.of(values, shape));
                    });
        }
    }

    private Opened ready(RunDescription run, long step) {
        if (opened == null || !opened.run.equals(run.run())) {
            release();
            requireThreads(run.threads());
            long start = System.nanoTime();
            RolloutWorker worker =
                    run.adapter()
                            .asFile(
                                    file ->
                                            RolloutWorker.open(
                                                    run.source().open(device),
                                                    run.job(),
                                                    file,
                                                    step));
            opened = new Opened(run.run(), worker);
            LOG.info(
                    "DRaFT-K: opened model and reward on {} in {} s",
                    device,
                    (System.nanoTime() - start) / 1_000_000_000);
        }
        return opened;
    }

    /** Sets the number of threads unless PyTorch is loaded; on the CPU it must be the run's. */
    private void requireThreads(int wanted) {
        if (System.getProperty(THREADS) == null) {
            System.setProperty(THREADS, Integer.toString(wanted));
        }
        if (!device.isGpu() && Torch.threads() != wanted) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "SparkRollouts: an executor computes with %d CPU threads and the run"
                                    + " with %d, so its sums would differ in their last bits; start"
                                    + " executors with spark.executor.extraJavaOptions=-D%s=%d, or"
                                    + " set SparkRollouts.threads(%d)",
                            Torch.threads(),
                            wanted,
                            THREADS,
                            wanted,
                            Torch.threads()));
        }
    }
}
