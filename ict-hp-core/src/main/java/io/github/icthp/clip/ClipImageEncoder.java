package io.github.icthp.clip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.image.ImageInput;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.image.PixelBatch;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.List;

/**
 * A CLIP vision tower alone, for what else than scores is made of its features: projected ones, and
 * all tokens of the last layer but one. Shapes: N pictures, S picture side, T tokens, D width, P
 * projection.
 */
public final class ClipImageEncoder implements AutoCloseable {

    private final VisionSource source;
    private final NDManager manager;
    private final DType type;
    private final ClipVisionTower tower;
    private final ImageProcessor processor;

    private ClipImageEncoder(VisionSource source, Weights weights, NDManager manager, DType type) {
        this.source = source;
        this.manager = manager;
        this.type = type;
        Parameters all = Parameters.load(weights, manager, type, Memory.MAPPED);
        this.tower = new ClipVisionTower(all, source.config());
        all.ignore("text_model.").ignore("text_projection.").ignore("logit_scale").finish();
        this.processor = ImageProcessor.of(source.images());
    }

    /**
     * Loads a tower strictly; a text tower beside it is not read.
     *
     * @param source where it comes from
     * @param device where to compute
     * @param type what it computes in
     * @return the encoder, to be closed
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
     */
    public static ClipImageEncoder load(VisionSource source, Device device, DType type) {
        NDManager manager = Torch.manager(device);
        try (Weights weights = OpenClipKeys.toHuggingFace(Weights.openModel(source.weights()))) {
            return new ClipImageEncoder(source, weights, manager, type);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Returns where the tower comes from.
     *
     * @return the source, with its shape
     */
    public VisionSource source() {
        return source;
    }

    /**
     * Decodes and prepares pictures.
     *
     * @param pictures pictures of any size
     * @return (N, 3, S, S), normalized, in the tower's type, owned by the innermost scope
     * @throws io.github.icthp.image.ImageDecodeException if a picture cannot be read
     */
    public NDArray pixels(List<ImageInput> pictures) {
        PixelBatch batch = processor.process(pictures);
        for (int i = 0; i < batch.size(); i++) {
            batch.failure(i)
                    .ifPresent(
                            failure -> {
                                throw failure;
                            });
        }
        float[] values = new float[batch.data().remaining() / Float.BYTES];
        batch.data().asFloatBuffer().get(values);
        return prepared(values, pictures.size());
    }

    /**
     * Returns a picture that is zero after normalization, which stands for none.
     *
     * @return (1, 3, S, S), in the tower's type, owned by the innermost scope
     */
    public NDArray zeroPixels() {
        int side = source.config().imageSize();
        return prepared(new float[3 * side * side], 1);
    }

    private NDArray prepared(float[] values, int pictures) {
        int side = source.config().imageSize();
        NDArray all = Tensors.of(values, pictures, 3, side, side);
        return Tensors.cast(Tensors.to(all, manager.getDevice()), type);
    }

    /**
     * Encodes pictures, as transformers' {@code image_embeds}.
     *
     * @param pixels (N, 3, S, S), as {@link #pixels} returns them
     * @return (N, P), not normalized, owned by the innermost scope
     */
    public NDArray projected(NDArray pixels) {
        return tower.forward(pixels);
    }

    /**
     * Encodes pictures up to the last layer but one, as transformers' {@code hidden_states[-2]}.
     *
     * @param pixels (N, 3, S, S), as {@link #pixels} returns them
     * @return (N, T, D), the class token first, owned by the innermost scope
     */
    public NDArray penultimate(NDArray pixels) {
        return tower.penultimate(pixels);
    }

    /** Frees the tower. */
    @Override
    public void close() {
        manager.close();
    }
}
