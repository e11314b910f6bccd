package io.github.icthp.diffusion.model;

/**
 * The shape of a layer that an adapter can be put on: a linear one, or a convolution of patches
 * that do not overlap, which is a linear layer on the values of a patch.
 *
 * @param in its inputs
 * @param out its outputs
 * @param patch the side of a patch; 1 for a linear layer
 */
public record LinearShape(long in, long out, int patch) {

    /**
     * Describes a linear layer.
     *
     * @param in its inputs
     * @param out its outputs
     */
    public LinearShape(long in, long out) {
        this(in, out, 1);
    }

    @Override
    public String toString() {
        String patches = patch == 1 ? "" : ", patch=" + patch;
        return "LinearShape[in=" + in + ", out=" + out + patches + "]";
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
