package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageInput;
import io.github.icthp.torch.Tensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/** What the parity tests of scorers share. */
final class RewardParity {

    private RewardParity() {}

    /** Pixels of picture files as a scorer's own preparation makes them, (B, 3, S, S). */
    static NDArray prepared(PicturePreparation preparation, List<Path> pictures) {
        int side = preparation.side();
        int size = 3 * side * side;
        float[] all = new float[pictures.size() * size];
        for (int i = 0; i < pictures.size(); i++) {
            ByteBuffer target =
                    ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.nativeOrder());
            preparation.prepare(ImageInput.of(pictures.get(i)), target);
            target.clear().asFloatBuffer().get(all, i * size, size);
        }
        return Tensors.of(all, pictures.size(), 3, side, side);
    }
}
