package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;

/**
 * The triplets of a batch that one device computes. B is the batch's size, n the shard's.
 *
 * @param inputs the whole batch
 * @param begin the shard's first triplet
 * @param size n
 */
record Shard(TripletInputs inputs, int begin, int size) {

    static final TorchProgram PROGRAM = TorchProgram.of(Shard.class, "train.torchscript");

    /** Pixels (3 n, 3, S, S) by rank, on the innermost scope's device. */
    NDArray pixels(DType type) {
        Device target = TensorScope.current().manager().getDevice();
        TensorScope outer = TensorScope.current();
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            int side = inputs.side();
            Shape shape = new Shape(3, inputs.size(), 3, side, side);
            NDArray all = Tensors.allocate(DType.FLOAT32, shape);
            Tensors.memory(all)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer()
                    .put(inputs.pixels().duplicate());
            NDArray shard = PROGRAM.call("shard", all, begin, size, type.code());
            return scope.keep(Tensors.to(shard, target), outer.manager());
        }
    }

    /** Token ids of the easy prompts, n rows. */
    long[][] easyIds() {
        return own(inputs.easyIds()).toArray(long[][]::new);
    }

    /** Token ids of the easy and then of the refined prompts, 2 n rows. */
    long[][] allIds() {
        return Stream.concat(own(inputs.easyIds()), own(inputs.refinedIds()))
                .toArray(long[][]::new);
    }

    private Stream<long[]> own(List<long[]> rows) {
        return rows.subList(begin, begin + size).stream();
    }
}
