package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.Tensors;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Pixels as images. */
public final class PixelImages {

    private PixelImages() {}

    /**
     * Rounds pixels to 8 bits.
     *
     * @param pixels (B, 3, H, W), red, green and blue in 0..1; what lies outside is cut off
     * @return B images
     */
    public static List<BufferedImage> of(NDArray pixels) {
        NDArray levels = Autograd.in(Mode.NO_GRADIENT, () -> Sampler.PROGRAM.call("bytes", pixels));
        ByteBuffer bytes = Tensors.toBytes(levels);
        List<BufferedImage> images = new ArrayList<>();
        while (bytes.hasRemaining()) {
            images.add(next(bytes, (int) pixels.getShape().get(3), (int) pixels.getShape().get(2)));
        }
        return images;
    }

    /** Takes the next image from bytes in the order red, green, blue. */
    private static BufferedImage next(ByteBuffer bytes, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        byte[] target = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < target.length; i += 3) {
            target[i + 2] = bytes.get();
            target[i + 1] = bytes.get();
            target[i] = bytes.get();
        }
        return image;
    }
}
