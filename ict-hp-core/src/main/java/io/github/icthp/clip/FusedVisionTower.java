package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

/** A vision tower for {@link io.github.icthp.torch.Autograd.Mode#INFERENCE} alone, and faster. */
public final class FusedVisionTower {

    private final FusedEncoder encoder;
    private final int patch;
    private final int tokens;

    FusedVisionTower(FusedEncoder encoder, ClipConfig config) {
        this.encoder = encoder;
        this.patch = config.patchSize();
        this.tokens = config.imageTokens();
    }

    /**
     * Encodes images.
     *
     * @param pixels (B, 3, I, I), normalised as the image processor does, in the tower's type
     * @return (B, P), projected and not normalised
     */
    public NDArray forward(NDArray pixels) {
        long[] classTokens = new long[(int) pixels.getShape().get(0)];
        java.util.Arrays.setAll(classTokens, b -> (long) b * tokens);
        return encoder.run(pixels, Tensors.of(classTokens, classTokens.length), patch);
    }
}
