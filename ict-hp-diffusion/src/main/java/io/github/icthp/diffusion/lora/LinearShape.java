package io.github.icthp.diffusion.lora;

/**
 * The shape of a linear layer that an adapter can be put on.
 *
 * @param in its inputs
 * @param out its outputs
 */
public record LinearShape(long in, long out) {}
