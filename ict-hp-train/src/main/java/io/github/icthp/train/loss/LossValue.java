package io.github.icthp.train.loss;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableMap;

import io.github.icthp.torch.Tensors;

/**
 * A loss that can be differentiated, and what it is made of.
 *
 * @param total the loss, a scalar with its graph
 * @param parts values by name, in order: the total first, then its terms
 */
public record LossValue(NDArray total, ImmutableMap<String, Double> parts) {

    static double number(NDArray scalar) {
        return Tensors.toDouble(scalar);
    }
}
