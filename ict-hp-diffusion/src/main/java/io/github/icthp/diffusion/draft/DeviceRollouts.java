package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.files.TemporaryFiles;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.DeviceThreads;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rollouts on the devices of this process, a round of one for each device at a time: on the first
 * by the model of the run itself, on others by replicas. The first device sums the gradients.
 */
final class DeviceRollouts implements RolloutEngine.Run {

    private final DraftKBuilder settings;
    private final RolloutJob job;
    private final PromptWindows windows;
    private final List<DraftModel> others = new ArrayList<>();
    private final List<RolloutWorker> workers = new ArrayList<>();
    private final List<Gradients> gradients = new ArrayList<>();
    private final DeviceThreads threads;

    /**
     * Opens replicas, one after the other.
     *
     * @param settings the run, whose first prompts are encoded
     * @param job what its rollouts have in common
     * @param lora the adapters on its model
     */
    DeviceRollouts(DraftKBuilder settings, RolloutJob job, LoraAdapters lora) {
        this.settings = settings;
        this.job = job;
        this.windows = new PromptWindows(job);
        windows.enter(0);
        List<Device> devices = settings.otherDevices();
        this.threads = new DeviceThreads(devices.size() + 1);
        try {
            add(RolloutWorker.of(settings, job, lora));
            if (!devices.isEmpty()) {
                openOthers(lora);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void openOthers(LoraAdapters lora) {
        Path folder = TemporaryFiles.folder("ict-hp-adapter");
        try {
            Path adapter = folder.resolve("adapter.safetensors");
            lora.save(adapter);
            for (Device device : settings.otherDevices()) {
                add(open(settings.replicas().open(device), adapter));
            }
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RolloutWorker open(DraftReplica replica, Path adapter) {
        try {
            begin(replica.model(), 0);
            RolloutWorker worker = RolloutWorker.ready(replica, job, adapter, step -> {});
            others.add(replica.model());
            return worker;
        } catch (RuntimeException | Error e) {
            RolloutWorker.close(replica);
            throw e;
        }
    }

    /** Pipelines share the prompts' embeddings of the run; other models encode them again. */
    private void begin(DraftModel other, long step) {
        if (settings.model() instanceof PipelineModel first
                && other instanceof PipelineModel sharing) {
            sharing.beginWith(first);
        } else {
            other.begin(windows.prompts(step));
        }
    }

    /** Encodes the prompts of the steps that come, if not all of them are. */
    private void encode(long step) {
        if (windows.enter(step)) {
            settings.model().begin(settings.withHeldOut(windows.prompts(step)));
            others.forEach(other -> begin(other, step));
        }
    }

    private void add(RolloutWorker worker) {
        workers.add(worker);
        gradients.add(new Gradients(worker.device()));
    }

    @Override
    public List<Rollout> gradients(long step, double lossScale, Gradients sum) {
        encode(step);
        copyAdapters();
        List<Rollout> all = new ArrayList<>();
        for (int begin = 0; begin < job.rollouts(); begin += workers.size()) {
            all.addAll(round(step, begin, lossScale, sum));
        }
        return all;
    }

    /** Gives the other devices the adapters of the first. */
    private void copyAdapters() {
        Map<String, NDArray> first = new LinkedHashMap<>();
        workers.get(0).trainables().forEach(t -> first.put(t.name(), t.master()));
        for (RolloutWorker other : workers.subList(1, workers.size())) {
            for (Trainable target : other.trainables()) {
                Tensors.overwrite(target.master(), first.get(target.name()));
            }
        }
    }

    /** A rollout on each device; at the end of a step some devices have none. */
    private List<Rollout> round(long step, int begin, double lossScale, Gradients sum) {
        try {
            List<Optional<Rollout>> results =
                    threads.onAll(
                            i ->
                                    () ->
                                            begin + i < job.rollouts()
                                                    ? Optional.of(
                                                            workers.get(i)
                                                                    .rollout(
                                                                            step,
                                                                            begin + i,
                                                                            lossScale,
                                                                            gradients.get(i)))
                                                    : Optional.empty());
            gradients.forEach(sum::addAll);
            return results.stream().flatMap(Optional::stream).toList();
        } finally {
            gradients.forEach(Gradients::clear);
        }
    }

    /** Closes replicas, and leaves the model of the run as it is. */
    @Override
    public void close() {
        threads.close();
        gradients.forEach(Gradients::close);
        workers.forEach(RolloutWorker::close);
    }
}
