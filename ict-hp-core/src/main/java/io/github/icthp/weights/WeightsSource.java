package io.github.icthp.weights;

import java.nio.ByteBuffer;

/**
 * The bytes of a tensor of other weights.
 *
 * @param weights open weights
 * @param name one of their tensors
 */
record WeightsSource(Weights weights, String name) implements ByteSource {

    @Override
    public long size() {
        return weights.info(name).bytes();
    }

    /** Gives a part of the tensor, which begins aligned: parts of it do as well. */
    @Override
    public ByteBuffer map(long offset, int length, int alignment) {
        return weights.data(name).slice((int) offset, length);
    }

    @Override
    public void read(long offset, ByteBuffer target) {
        weights.read(name, offset, target);
    }
}
