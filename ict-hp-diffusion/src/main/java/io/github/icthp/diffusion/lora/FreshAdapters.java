package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.diffusion.lora.LoraConfig.Initialization;
import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.LoraDropout;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Seeds;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Makes adapters that change nothing yet: lora_A random, lora_B zero. */
final class FreshAdapters {

    private final LoraConfig config;
    private final long seed;
    private final NDManager owner;

    FreshAdapters(LoraConfig config, long seed, NDManager owner) {
        this.config = config;
        this.seed = seed;
        this.owner = owner;
    }

    Map<String, LinearAdapter> on(Map<String, LinearShape> linears) {
        Map<String, LinearAdapter> fresh = new LinkedHashMap<>();
        for (String path : config.targets().among(linears.keySet())) {
            fresh.put(path, adapter(path, linears.get(path)));
        }
        return fresh;
    }

    private LinearAdapter adapter(String path, LinearShape shape) {
        long rank = config.rank();
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            NDArray a = Tensors.of(values(path, shape.in()), rank, shape.in());
            NDArray b = scope.manager().zeros(new Shape(shape.out(), rank));
            LinearAdapter fresh =
                    new LinearAdapter(
                            scope.keep(a, owner), scope.keep(b, owner), config.alpha() / rank);
            return withDropout(fresh, config.dropout(), owner);
        }
    }

    /** Gives an adapter dropout, switched off, if there is to be any. */
    static LinearAdapter withDropout(LinearAdapter adapter, double share, NDManager owner) {
        if (share == 0) {
            return adapter;
        }
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            LoraDropout dropout =
                    new LoraDropout(
                            scope.keep(Tensors.of(new long[1]), owner),
                            scope.keep(Tensors.of(new float[] {1}), owner));
            return new LinearAdapter(
                    adapter.a(),
                    adapter.b(),
                    adapter.scale(),
                    Optional.of(dropout),
                    adapter.bias(),
                    adapter.magnitude());
        }
    }

    /** Every layer draws from a seed of its own, so that its values depend on no other layer. */
    private float[] values(String path, long in) {
        float[] values = new float[Math.toIntExact(config.rank() * in)];
        Random random = new Random(Seeds.derive(seed, 0, path));
        double bound = 1 / Math.sqrt((double) in);
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    (float)
                            (config.init() == Initialization.GAUSSIAN
                                    ? random.nextGaussian() / config.rank()
                                    : (2 * random.nextDouble() - 1) * bound);
        }
        return values;
    }
}
