package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.DeviceThreads;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.Updater;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The gradients of a step, and what applies them. Every device encodes its share of a batch; the
 * loss is computed on the features of all of them, on the first device, exactly as if that one had
 * encoded the batch; and every device carries its features' gradients back to its parameters.
 */
final class StepEngine implements AutoCloseable {

    private final List<Replica> replicas;
    private final FeatureLoss loss;
    private final DeviceThreads workers;
    private final boolean together;
    private final long seed;
    private final NDManager state;
    private final Updater updater;
    private List<Long> rows = List.of();

    /**
     * Joins the networks and prepares the optimizer.
     *
     * @param replicas one a device; closed with this
     * @param loss on the first device; closed with this
     * @param together whether the batches of a step count as one
     * @param seed what random numbers depend on
     * @param config how weights are moved
     * @param type what towers compute in
     */
    StepEngine(
            List<Replica> replicas,
            FeatureLoss loss,
            boolean together,
            long seed,
            OptimizerConfig config,
            DType type) {
        this.replicas = List.copyOf(replicas);
        this.loss = loss;
        this.together = together;
        this.seed = seed;
        this.workers = new DeviceThreads(replicas.size());
        this.state = Torch.manager(device());
        List<Trainable> trainables =
                trained().entrySet().stream()
                        .map(e -> Trainable.of(e.getKey(), e.getValue()))
                        .toList();
        this.updater = new Updater(config, trainables, LossScaler.of(type), state);
    }

    /**
     * What moves the parameters of the first device; {@link #broadcast} gives them to the others.
     */
    Updater updater() {
        return updater;
    }

    /** The first device, where losses are computed and parameters are moved. */
    Device device() {
        return replicas.get(0).device();
    }

    /** Everything that is loaded and stays as it is, on the first device. */
    Map<String, NDArray> frozen() {
        return replicas.get(0).frozen();
    }

    /** Everything that is trained: the tensors of the first device. */
    Map<String, NDArray> trained() {
        Map<String, NDArray> all = new LinkedHashMap<>(replicas.get(0).trained());
        all.putAll(loss.trained());
        return all;
    }

    /**
     * Computes gradients of the loss of the next step's batches.
     *
     * @param sink receives them, on the first device
     * @return the mean of each part of the loss over the batches
     * @throws DivergenceException if the loss is not finite
     */
    Map<String, Double> gradients(List<TripletInputs> batches, Gradients sink) {
        rows = batches.stream().flatMap(batch -> batch.rows().stream()).toList();
        List<LossValue> losses =
                together && batches.size() > 1
                        ? List.of(together(batches, sink))
                        : separately(batches, sink);
        Map<String, Double> mean = new LinkedHashMap<>();
        for (LossValue part : losses) {
            part.parts().forEach((name, v) -> mean.merge(name, v / losses.size(), Double::sum));
        }
        double total = mean.getOrDefault("total", Double.NaN);
        if (!Double.isFinite(total)) {
            throw new DivergenceException("loss", total, updater.step(), inputs());
        }
        return mean;
    }

    /**
     * Clips gradients and moves the parameters, on all devices.
     *
     * @throws DivergenceException if the gradients are not finite and no loss scaling explains it
     */
    StepReport apply(Gradients gradients) {
        StepReport report = updater.apply(gradients, this::inputs);
        broadcast();
        return report;
    }

    /** The rows of the last gradients, for messages. */
    String inputs() {
        return "rows " + rows;
    }

    /** Gradients of the mean loss of several batches, one after another. */
    private List<LossValue> separately(List<TripletInputs> batches, Gradients sink) {
        List<LossValue> losses = new ArrayList<>();
        for (int part = 0; part < batches.size(); part++) {
            FeatureLoss.Draw draw = new FeatureLoss.Draw(seed, updater.step(), part);
            TripletInputs batch = batches.get(part);
            try (DataParallelPass round = round(batch)) {
                FeatureLoss.Result result =
                        loss.of(
                                gather(List.of(round.encode())),
                                List.of(batch),
                                draw,
                                updater.lossScale() / batches.size(),
                                sink);
                losses.add(result.loss());
                round.backward(result.gradients(), 0, sink);
            }
        }
        return losses;
    }

    /**
     * Gradients of the loss of several batches taken as one: features of all of them are computed
     * first and the batches then encoded again, one at a time, to be differentiated (Gao et al.
     * 2021, arXiv 2101.06983).
     */
    private LossValue together(List<TripletInputs> batches, Gradients sink) {
        return TensorScope.call(
                replicas.get(0).device(),
                () -> {
                    List<List<List<NDArray>>> features = new ArrayList<>();
                    for (TripletInputs batch : batches) {
                        features.add(featuresAlone(batch));
                    }
                    FeatureLoss.Draw draw = new FeatureLoss.Draw(seed, updater.step(), 0);
                    FeatureLoss.Result result =
                            loss.of(gather(features), batches, draw, updater.lossScale(), sink);
                    int begin = 0;
                    for (TripletInputs batch : batches) {
                        try (DataParallelPass round = round(batch)) {
                            round.encode();
                            round.backward(result.gradients(), begin, sink);
                        }
                        begin += batch.size();
                    }
                    return result.loss();
                });
    }

    /** Judges a batch on the first device alone; its size is free. */
    ValidationBatch judge(TripletInputs batch) {
        return TensorScope.call(
                replicas.get(0).device(),
                () -> {
                    Shard whole = new Shard(batch, 0, batch.size());
                    return loss.judge(replicas.get(0).features(whole), batch);
                });
    }

    private DataParallelPass round(TripletInputs batch) {
        return new DataParallelPass(replicas, workers, shards(batch));
    }

    /** Every device's features of a batch, owned by the caller's innermost scope. */
    private List<List<NDArray>> featuresAlone(TripletInputs batch) {
        NDManager owner = TensorScope.current().manager();
        List<Shard> shards = shards(batch);
        return workers.onAll(
                i ->
                        () -> {
                            Replica replica = replicas.get(i);
                            try (TensorScope scope = TensorScope.open(replica.device())) {
                                List<NDArray> all = replica.features(shards.get(i));
                                all.forEach(features -> scope.keep(features, owner));
                                return all;
                            }
                        });
    }

    /** Features of shards and batches side by side, on the innermost scope's device. */
    private static List<NDArray> gather(List<List<List<NDArray>>> batches) {
        List<List<NDArray>> shards = batches.stream().flatMap(List::stream).toList();
        if (shards.size() == 1) {
            return shards.get(0);
        }
        Device device = TensorScope.current().manager().getDevice();
        List<NDArray> gathered = new ArrayList<>();
        for (int kind = 0; kind < shards.get(0).size(); kind++) {
            List<NDArray> parts = new ArrayList<>();
            for (List<NDArray> shard : shards) {
                parts.add(Tensors.to(shard.get(kind), device));
            }
            gathered.add(Shard.PROGRAM.call("gather", parts));
        }
        return gathered;
    }

    private List<Shard> shards(TripletInputs batch) {
        List<Shard> shards = new ArrayList<>();
        int count = replicas.size();
        if (batch.size() < count) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "Trainer: a batch of %d triplets cannot be shared among %d devices;"
                                    + " take larger batches or fewer devices",
                            batch.size(),
                            count));
        }
        for (int i = 0; i < count; i++) {
            int begin = i * batch.size() / count;
            int end = (i + 1) * batch.size() / count;
            shards.add(new Shard(batch, begin, end - begin));
        }
        return shards;
    }

    /** Gives the other devices the parameters of the first, after a step has moved them. */
    void broadcast() {
        Map<String, NDArray> first = replicas.get(0).trained();
        for (Replica other : replicas.subList(1, replicas.size())) {
            List<NDArray> targets =
                    first.keySet().stream().map(name -> other.trained().get(name)).toList();
            Autograd.in(
                    Autograd.Mode.NO_GRADIENT,
                    () -> Shard.PROGRAM.callLong("copy", targets, first.values()));
        }
    }

    /** Frees networks and optimizer. */
    @Override
    public void close() {
        state.close();
        workers.close();
        replicas.forEach(Replica::close);
        loss.close();
    }
}
