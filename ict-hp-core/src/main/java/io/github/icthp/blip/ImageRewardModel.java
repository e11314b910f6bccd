package io.github.icthp.blip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.reward.HpHead;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.Optional;

/**
 * ImageReward, Xu et al. 2023 (arXiv 2304.05977): a head over BLIP's first text token after it has
 * read the image. Shapes: N texts.
 *
 * <p>The head is five linear layers without activations, as HP's, and computes in float32 as one
 * affine map.
 */
final class ImageRewardModel implements PairModel {

    /** The mean that the released rewards are standardized with. */
    static final double MEAN = 0.16717362830052426;

    /** The standard deviation that the released rewards are standardized with. */
    static final double STANDARD_DEVIATION = 1.0333394966054072;

    private static final String HEAD = "mlp.";

    private final BlipModel model;
    private final HpHead.Affine head;

    private ImageRewardModel(BlipModel model, HpHead.Affine head) {
        this.model = model;
        this.head = head;
    }

    /**
     * Loads a model strictly. The contrastive projections that the released file holds are not
     * read.
     *
     * @param weights open weights in the released layout: the backbone below {@code blip.}, the
     *     head below {@code mlp.}
     * @param config the backbone's shape
     * @param device where it lives
     * @param type the type it computes in
     * @param use what it is for
     * @return the model; close it to free its parameters
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and shape do not fit
     * @throws IllegalArgumentException if the head does not fit the backbone
     */
    static ImageRewardModel load(
            Weights weights, BlipConfig config, Device device, DType type, BlipModel.Use use) {
        BlipModel model =
                BlipModel.load(
                        weights,
                        config,
                        device,
                        type,
                        use,
                        (towers, all, owner) -> {
                            all.ignore(HEAD).ignore("vision_proj.").ignore("text_proj.").finish();
                            return towers;
                        });
        try {
            return new ImageRewardModel(model, head(weights, model));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static HpHead.Affine head(Weights weights, BlipModel model) {
        Weights own =
                BlipKeys.renamed(
                        weights,
                        name ->
                                name.startsWith(HEAD)
                                        ? Optional.of(name.substring(HEAD.length()))
                                        : Optional.empty());
        try (TensorScope scope = TensorScope.open(model.device())) {
            HpHead.Affine affine =
                    HpHead.load(own, scope.manager(), DType.FLOAT32, Memory.MAPPED).collapse();
            long features = affine.weight().getShape().get(0);
            if (features != model.config().text().width()) {
                throw new IllegalArgumentException(
                        "ImageReward: the head in "
                                + weights.source()
                                + " expects features of width "
                                + features
                                + ", the backbone gives "
                                + model.config().text().width());
            }
            scope.keep(affine.weight(), model.owner());
            return affine;
        }
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
     * Returns how pictures are prepared for a model: shorter edge and center crop, resized in the
     * mode of their file.
     *
     * @param config the backbone's shape
     * @return a processor of files, byte for byte as the released code on Pillow
     */
    static ImageProcessor imageProcessor(BlipConfig config) {
        return ImageProcessor.of(ImageConfig.square(config.imageSize())).inOwnMode();
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
        return BlipPixels.crop(pixels, model.config().imageSize());
    }

    /**
     * Scores pairs of an image and a text.
     *
     * @param images what {@link BlipModel#encodeImages} returned
     * @param texts N texts
     * @param image the row of {@code images} that each text is read with
     * @return (N), float32, standardized as released: higher is better, unbounded
     * @throws IllegalArgumentException as {@link BlipModel#readPairs} throws it
     */
    @Override
    public NDArray score(NDArray images, BertTokens texts, int... image) {
        return standardize(raw(model.readPairs(images, texts, image)));
    }

    /** The head's output: (N, D) to (N). */
    NDArray raw(NDArray features) {
        return head.forward(features);
    }

    static NDArray standardize(NDArray raw) {
        return BlipVision.PROGRAM.call("standardize", raw, MEAN, STANDARD_DEVIATION);
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        model.close();
    }
}
