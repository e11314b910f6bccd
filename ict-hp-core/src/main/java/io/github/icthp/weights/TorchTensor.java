package io.github.icthp.weights;

import io.github.icthp.weights.pickle.Tuple;

/**
 * A tensor as a PyTorch pickle describes it, not yet checked.
 *
 * @param storage what it is a view of
 * @param type its elements' type
 * @param offset its first element in the storage
 * @param size its dimensions
 * @param stride the steps between elements along each dimension
 */
record TorchTensor(TorchStorage storage, ElementType type, long offset, Tuple size, Tuple stride) {}
