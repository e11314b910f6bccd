package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.torch.Tensors;

import java.util.Map;

/**
 * What a model makes of a batch of B triplets when nothing is trained: no dropout, no gradients.
 *
 * @param losses the parts of the loss by name; empty if the objective needs targets that are not
 *     there
 * @param scores (B, 3): every triplet's scores of rejected, preferred and refined image
 */
record ValidationBatch(Map<String, Double> losses, ImmutableDoubleArray scores) {

    static ValidationBatch of(Map<String, Double> losses, NDArray scores) {
        float[] values = Tensors.toFloats(scores);
        ImmutableDoubleArray.Builder all = ImmutableDoubleArray.builder(values.length);
        for (float value : values) {
            all.add(value);
        }
        return new ValidationBatch(losses, all.build());
    }

    /** B. */
    int size() {
        return scores.length() / 3;
    }
}
