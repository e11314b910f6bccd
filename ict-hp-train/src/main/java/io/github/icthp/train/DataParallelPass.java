package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.DeviceThreads;
import io.github.icthp.training.Gradients;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * One batch through all devices, forward and backward. On every device's thread a scope stays open
 * in between; on the caller's that is the innermost one until the round closes.
 */
final class DataParallelPass implements AutoCloseable {

    private final List<Replica> replicas;
    private final DeviceThreads workers;
    private final List<Shard> shards;
    private final TensorScope[] scopes;
    private final @Nullable Encoding[] encodings;

    /**
     * Prepares a round.
     *
     * @param replicas one a device
     * @param workers their threads
     * @param shards each device's share of the batch
     */
    DataParallelPass(List<Replica> replicas, DeviceThreads workers, List<Shard> shards) {
        this.replicas = replicas;
        this.workers = workers;
        this.shards = shards;
        this.encodings = new Encoding[replicas.size()];
        this.scopes =
                workers.onAll(i -> () -> TensorScope.open(replicas.get(i).device()))
                        .toArray(TensorScope[]::new);
    }

    /** Encodes the batch; returns every device's features by kind. */
    List<List<NDArray>> encode() {
        return workers.onAll(
                i ->
                        () -> {
                            Encoding encoding = replicas.get(i).encode(shards.get(i));
                            encodings[i] = encoding;
                            return encoding.features();
                        });
    }

    /**
     * Differentiates the batch.
     *
     * @param upstream gradients of the features by kind, (k, n, width), on the first device
     * @param begin the batch's first triplet in them
     * @param sink receives the gradients, summed over the devices
     */
    void backward(List<NDArray> upstream, int begin, Gradients sink) {
        List<Gradients> others = new ArrayList<>();
        try {
            for (Replica replica : replicas.subList(1, replicas.size())) {
                others.add(new Gradients(replica.device()));
            }
            workers.onAll(i -> backward(i, upstream, begin, i == 0 ? sink : others.get(i - 1)));
            others.forEach(sink::addAll);
        } finally {
            others.forEach(Gradients::close);
        }
    }

    private Callable<Boolean> backward(int i, List<NDArray> upstream, int begin, Gradients sink) {
        return () -> {
            Shard shard = shards.get(i);
            Device device = replicas.get(i).device();
            List<NDArray> own = new ArrayList<>();
            for (NDArray gradient : upstream) {
                NDArray part =
                        Shard.PROGRAM.call(
                                "scatter", gradient, begin + shard.begin(), shard.size());
                own.add(Tensors.to(part, device));
            }
            Encoding encoding = encodings[i];
            if (encoding == null) {
                throw new IllegalStateException("DataParallelPass: encode before backward");
            }
            encoding.backward(own, sink);
            return true;
        };
    }

    @Override
    public void close() {
        workers.onAll(
                i ->
                        () -> {
                            Encoding encoding = encodings[i];
                            if (encoding != null) {
                                encoding.close();
                            }
                            scopes[i].close();
                            return true;
                        });
    }
}
