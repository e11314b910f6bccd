package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Pixels as images. */
final class Pictures {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(Pictures.class, "draft.torchscript");

    private Pictures() {}

    /** Returns images of pixels (B, 3, H, W) in 0..1. */
    static List<BufferedImage> images(NDArray pixels) {
        int height = (int) pixels.getShape().get(2);
        int width = (int) pixels.getShape().get(3);
        NDArray levels = Autograd.in(Mode.NO_GRADIENT, () -> PROGRAM.call("bytes", pixels));
        ByteBuffer bytes = Tensors.toBytes(levels);
        List<BufferedImage> images = new ArrayList<>();
        while (bytes.hasRemaining()) {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int red = bytes.get() & 0xFF;
                    int green = bytes.get() & 0xFF;
                    int blue = bytes.get() & 0xFF;
                    image.setRGB(x, y, red << 16 | green << 8 | blue);
                }
            }
            images.add(image);
        }
        return images;
    }
}
