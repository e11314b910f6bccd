package io.github.icthp.blip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.image.ImageProcessor;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Weights;

import java.util.Optional;

/**
 * Image-text matching: how probable it is that a text belongs to an image (ITM), and the cosine of
 * their separate features (ITC). Shapes: B images, N texts, P projection.
 *
 * <p>ITM reads each text together with its image; ITC reads each image and each text once and
 * compares. Heads compute in float32.
 */
final class BlipMatcher implements PairModel {

    private static final TorchProgram PROGRAM = BlipVision.PROGRAM;

    private final BlipModel model;
    private final TensorDict heads;

    BlipMatcher(BlipModel model, Parameters all, NDManager owner) {
        BlipConfig config = model.config();
        int p = config.projection();
        this.model = model;
        this.heads =
                new BlipPart(all, BlipPart.Loading.names(owner), 0)
                        .linear("vision_proj", "vision_proj", p, config.vision().width())
                        .linear("text_proj", "text_proj", p, config.text().width())
                        .linear("itm_head", "itm_head", 2, config.text().width())
                        .dict();
        all.finish();
    }

    /**
     * Loads a model strictly.
     *
     * @param weights open weights in transformers' layout or the authors'
     * @param config the model's shape
     * @param device where it lives
     * @param type the type it computes in
     * @param use what it is for
     * @return the model; close it to free its parameters
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and shape do not fit
     */
    static BlipMatcher load(
            Weights weights, BlipConfig config, Device device, DType type, BlipModel.Use use) {
        return BlipModel.load(weights, config, device, type, use, BlipMatcher::new);
    }

    /**
     * Returns the towers.
     *
     * @return the model, which closes with this
     */
    @Override
    public BlipModel model() {
        return model;
    }

    /**
     * Returns how pictures are prepared for a model: squashed to its image size, bicubic.
     *
     * @param config the model's shape
     * @return a processor of files, byte for byte as the released code on Pillow
     */
    static ImageProcessor imageProcessor(BlipConfig config) {
        return ImageProcessor.of(BlipPixels.squash(config.imageSize()));
    }

    /**
     * Prepares pixels as {@link #imageProcessor} prepares files; differentiable.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1]
     * @return (B, 3, I, I), normalized, float32
     * @throws IllegalArgumentException if the shape is another
     */
    @Override
    public NDArray prepare(NDArray pixels) {
        return BlipPixels.squash(pixels, model.config().imageSize());
    }

    /**
     * Computes the matching head's logits.
     *
     * @param images what {@link BlipModel#encodeImages} returned
     * @param texts N texts
     * @param image the row of {@code images} that each text is read with
     * @return (N, 2), float32: mismatch and match
     * @throws IllegalArgumentException as {@link BlipModel#readPairs} throws it
     */
    NDArray logits(NDArray images, BertTokens texts, int... image) {
        return BlipModel.linear(model.readPairs(images, texts, image), heads, "itm_head");
    }

    /** The probability that each text belongs to its image. */
    @Override
    public NDArray score(NDArray images, BertTokens texts, int... image) {
        return probability(logits(images, texts, image));
    }

    /**
     * Turns logits into the probability of a match.
     *
     * @param logits (N, 2)
     * @return (N), in [0, 1]
     */
    static NDArray probability(NDArray logits) {
        return PROGRAM.call("match", logits);
    }

    /**
     * Turns logits into the log odds of a match, which unlike the probability keep a gradient where
     * it is near 0 or 1.
     *
     * @param logits (N, 2)
     * @return (N): match minus mismatch
     */
    static NDArray margin(NDArray logits) {
        return PROGRAM.call("margin", logits);
    }

    /**
     * Projects the class tokens of images.
     *
     * @param images what {@link BlipModel#encodeImages} returned
     * @return (B, P), float32, of unit length
     */
    NDArray imageFeatures(NDArray images) {
        return PROGRAM.call("unit", BlipModel.classTokens(images), heads, "vision_proj");
    }

    /**
     * Reads and projects texts.
     *
     * @param texts N texts
     * @return (N, P), float32, of unit length
     */
    NDArray textFeatures(BertTokens texts) {
        return PROGRAM.call("unit", model.encodeTexts(texts), heads, "text_proj");
    }

    @Override
    public Optional<NDArray> cosines(BertTokens first, BertTokens second) {
        return Optional.of(cosine(textFeatures(first), textFeatures(second)));
    }

    /**
     * Compares each image with its text.
     *
     * @param images (N, P), of unit length
     * @param texts (N, P), of unit length
     * @return (N): cosines in [-1, 1]
     */
    static NDArray cosine(NDArray images, NDArray texts) {
        return PROGRAM.call("cosine", images, texts);
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        model.close();
    }
}
