package io.github.icthp.train;

import io.github.icthp.torch.DType;

/**
 * How towers compute.
 *
 * @param type the type of activations and of the weights' copies
 * @param checkpointing what is kept for the backward pass
 */
record Compute(DType type, Checkpointing checkpointing) {}
