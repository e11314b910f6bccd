package io.github.icthp.diffusion.model;

/**
 * The shape of a layer that an adapter can be put on: a linear one, or a convolution, which is a
 * linear layer on the values under its kernel.
 *
 * @param in its inputs; of a convolution the values under its kernel
 * @param out its outputs
 * @param kernel the side of a convolution's kernel; 0 for a linear layer
 */
public record LinearShape(long in, long out, int kernel) {

    /**
     * Describes a linear layer.
     *
     * @param in its inputs
     * @param out its outputs
     */
    public LinearShape(long in, long out) {
        this(in, out, 0);
    }

    @Override
    public String toString() {
        String convolution = kernel == 0 ? "" : ", kernel=" + kernel;
        return "LinearShape[in=" + in + ", out=" + out + convolution + "]";
    }

    /**
     * Says whether an adapter for another shape fits.
     *
     * @param other the other shape
     * @return true if it has as many inputs and outputs
     */
    public boolean fits(LinearShape other) {
        return in == other.in && out == other.out;
    }
}
