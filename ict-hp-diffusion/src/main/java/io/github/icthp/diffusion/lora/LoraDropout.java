package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

/**
 * What decides which inputs an adapter does not see.
 *
 * <p>The mask is a function of the seed and the element's position, computed in the layer: a step
 * that is computed again, for its gradient or after a resume, drops the same elements. All
 * denoising steps between two changes of the seed share it.
 *
 * @param seed int64 scalar
 * @param keep float32 scalar: the share that is kept; 1 switches dropout off
 */
public record LoraDropout(NDArray seed, NDArray keep) {

    /** Gives an adapter dropout, switched off, if there is to be any. */
    static LinearAdapter on(LinearAdapter adapter, double share, NDManager owner) {
        if (share == 0) {
            return adapter;
        }
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            LoraDropout dropout =
                    new LoraDropout(
                            scope.keep(Tensors.of(new long[1]), owner),
                            scope.keep(Tensors.of(new float[] {1}), owner));
            return adapter.withDropout(dropout);
        }
    }
}
