package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

/** Checks what is given to a codec. */
final class CodecShapes {

    private CodecShapes() {}

    static void checkPixels(LatentCodec codec, NDArray pixels) {
        long[] shape = pixels.getShape().getShape();
        Preconditions.checkArgument(
                shape.length == 4
                        && shape[1] == VaeConfig.RGB
                        && shape[2] % codec.factor() == 0
                        && shape[3] % codec.factor() == 0,
                "%s.encode: expected pixels (B, 3, H, W) with sides that are multiples of %s, got"
                        + " %s",
                codec.getClass().getSimpleName(),
                codec.factor(),
                pixels.getShape());
    }

    static void checkLatents(LatentCodec codec, NDArray latents) {
        long[] shape = latents.getShape().getShape();
        Preconditions.checkArgument(
                shape.length == 4 && shape[1] == codec.latentChannels(),
                "%s.decode: expected latents (B, %s, h, w), got %s",
                codec.getClass().getSimpleName(),
                codec.latentChannels(),
                latents.getShape());
    }
}
