package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;

/** A vision tower for {@link io.github.icthp.torch.Autograd.Mode#INFERENCE} alone, and faster. */
public final class FusedVisionTower {

    private final FusedEncoder encoder;
    private final int patch;
    private final int tokens;

    /**
     * Loads the tower, fusing its layers as they come.
     *
     * @param parameters the root of a CLIP model's names, in {@link Parameters.Memory#OWNED}
     *     memory: most of it is given back
     * @param config the model's shape
     * @param pack whether weights go into the processor's own layout, for float32 and bfloat16 on a
     *     CPU
     */
    public FusedVisionTower(Parameters parameters, ClipConfig config, boolean pack) {
        this.encoder =
                FusedEncoder.load(
                        ClipVisionTower.input(parameters, config),
                        ClipVisionTower.output(parameters, config),
                        parameters.in(ClipVisionTower.LAYERS),
                        config.vision(),
                        pack);
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
