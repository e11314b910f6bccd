package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Pullback;

/**
 * A codec without weights, for small pictures: every square of pixels becomes one latent pixel with
 * as many channels, times a gain that brings their spread near that of noise. Nothing is lost.
 *
 * <p>Shapes: pixels (B, 3, H, W), latents (B, 3 f f, H / f, W / f) with f the factor.
 */
public final class PixelCodec implements LatentCodec {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(PixelCodec.class, "pixels.torchscript");

    private final int factor;
    private final double gain;

    /**
     * Makes a codec.
     *
     * @param factor side of a square of pixels
     * @param gain what pixels of -1..1 are multiplied by
     * @throws IllegalArgumentException if either is not positive
     */
    public PixelCodec(int factor, double gain) {
        Preconditions.checkArgument(
                factor > 0, "PixelCodec: the factor must be positive, got %s", factor);
        Preconditions.checkArgument(
                gain > 0 && Double.isFinite(gain),
                "PixelCodec: the gain must be positive, got %s",
                gain);
        this.factor = factor;
        this.gain = gain;
    }

    @Override
    public NDArray decode(NDArray latents) {
        CodecShapes.checkLatents(this, latents);
        return PROGRAM.call("unfold", latents, factor, 1 / gain);
    }

    @Override
    public Pullback decodeInStages(NDArray latents) {
        return new Pullback(
                decode(latents), upstream -> PROGRAM.call("fold", upstream, factor, 1 / gain));
    }

    @Override
    public NDArray encode(NDArray pixels) {
        CodecShapes.checkPixels(this, pixels);
        return PROGRAM.call("fold", pixels, factor, gain);
    }

    @Override
    public int latentChannels() {
        return VaeConfig.RGB * factor * factor;
    }

    @Override
    public int factor() {
        return factor;
    }

    @Override
    public void close() {}
}
