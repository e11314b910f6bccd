package io.github.icthp.blip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.blip.BlipPart.Loading;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * BLIP's vision tower and text encoder, without a head. Shapes: B images, I image side, T image
 * tokens, V their width; N texts, D their width.
 *
 * <p>Images are encoded once, {@link #encodeImages}, and then read with any number of texts, {@link
 * #readPairs}. Results belong to the thread's innermost {@link TensorScope}.
 *
 * @see BlipMatcher
 * @see ImageReward
 */
final class BlipModel implements AutoCloseable {

    /** The longest text that BLIP and ImageReward read, in tokens; longer ones are cut. */
    public static final int TEXT_LENGTH = 35;

    /** What a model is loaded for. */
    public enum Use {
        /** Scores alone, under {@link io.github.icthp.torch.Autograd.Mode#INFERENCE}; faster. */
        SCORING,
        /** Scores and their gradients with respect to pixels. */
        GRADIENTS
    }

    private final NDManager manager;
    private final BlipConfig config;
    private final DType type;
    private final BlipVision vision;
    private final BlipText text;

    private BlipModel(
            NDManager manager, BlipConfig config, DType type, Parameters all, Loading loading) {
        this.manager = manager;
        this.config = config;
        this.type = type;
        this.vision = new BlipVision(all, config, type, loading);
        this.text = new BlipText(all, config, loading);
    }

    /** Names the towers' parameters without any values. */
    static BlipModel declared(BlipConfig config, Parameters all, Loading check) {
        return new BlipModel(check.owner(), config, DType.FLOAT32, all, check);
    }

    /** A head over the towers, which names parameters of its own. */
    interface Head<T> {

        /**
         * Makes the head.
         *
         * @param model the towers
         * @param all the root of the names; the head ends their loading
         * @param owner the manager that owns the parameters
         */
        T make(BlipModel model, Parameters all, NDManager owner);
    }

    /**
     * Loads towers and a head strictly: names and shapes are checked before any value is read.
     *
     * @param weights open weights in any layout
     */
    static <T> T load(
            Weights weights, BlipConfig config, Device device, DType type, Use use, Head<T> head) {
        Weights plain = BlipKeys.toHuggingFace(weights);
        NDManager manager = Torch.manager(device);
        try (TensorScope scope = TensorScope.open(device)) {
            NDManager checking = scope.manager();
            Loading check = Loading.names(checking);
            Parameters declared = Parameters.check(plain, checking);
            head.make(BlipModel.declared(config, declared, check), declared, checking);
            boolean packed = use == Use.SCORING && Torch.packsLinears(device, type);
            Loading loading = Loading.values(manager, packed);
            Parameters all =
                    Parameters.load(
                            plain,
                            manager,
                            name -> type(name, config, type),
                            name -> memory(name, packed));
            return head.make(new BlipModel(manager, config, type, all, loading), all, manager);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** Texts are short, and their encoder stays in the file. */
    private static Memory memory(String name, boolean packed) {
        return packed && !name.startsWith("text_encoder.")
                ? BlipVision.memory(name)
                : Memory.MAPPED;
    }

    /** Heads compute in float32, and so does the interpolation of positions. */
    private static DType type(String name, BlipConfig config, DType type) {
        boolean resized =
                name.endsWith("position_embedding")
                        && config.imageSize() != config.storedImageSize();
        boolean tower = name.startsWith("vision_model.") || name.startsWith("text_encoder.");
        return tower && !resized ? type : DType.FLOAT32;
    }

    /**
     * Returns the model's shape.
     *
     * @return the configuration
     */
    public BlipConfig config() {
        return config;
    }

    /**
     * Returns where the model lives.
     *
     * @return the device
     */
    public Device device() {
        return manager.getDevice();
    }

    /**
     * Encodes images.
     *
     * @param pixels (B, 3, I, I), normalized, of any floating-point type
     * @return all tokens of every image after the final norm, the class token first, (B, T, V)
     */
    public NDArray encodeImages(NDArray pixels) {
        return vision.forward(Tensors.cast(pixels, type));
    }

    /**
     * A reward of pixels in stages.
     *
     * @param preparation from pixels (B, 3, H, W) to what {@link #encodeImages} takes
     * @param head from what it returns to rewards (B)
     */
    List<Stage> stages(UnaryOperator<NDArray> preparation, UnaryOperator<NDArray> head) {
        List<Stage> stages = new ArrayList<>();
        stages.add(
                (state, context) -> List.of(Tensors.cast(preparation.apply(state.get(0)), type)));
        stages.addAll(vision.stages());
        stages.add((state, context) -> List.of(head.apply(state.get(0))));
        return stages;
    }

    /**
     * Reads texts together with images.
     *
     * @param images what {@link #encodeImages} returned, (B, T, V)
     * @param texts N texts
     * @param image the row of {@code images} that each text is read with. When all images have
     *     equally many texts and those lie image by image, keys and values are not copied
     * @return the first token of every text after the last layer, (N, D)
     * @throws IllegalArgumentException if there are not as many rows as texts, or a row or a token
     *     is out of range
     */
    public NDArray readPairs(NDArray images, BertTokens texts, int... image) {
        return text.forward(images, texts, image);
    }

    /**
     * Reads texts alone.
     *
     * @param texts N texts
     * @return the first token of every text after the last layer, (N, D)
     * @throws IllegalArgumentException if a token is out of range
     */
    public NDArray encodeTexts(BertTokens texts) {
        return text.forward(texts);
    }

    NDManager owner() {
        return manager;
    }

    BlipVision vision() {
        return vision;
    }

    BlipText text() {
        return text;
    }

    /** The class tokens of images (B, T, V): (B, V). */
    static NDArray classTokens(NDArray images) {
        return BlipVision.PROGRAM.call("class_tokens", images);
    }

    /** A linear head in float32: (N, D) to (N, outputs). */
    static NDArray linear(NDArray features, TensorDict weights, String name) {
        return BlipVision.PROGRAM.call("linear", features, weights, name);
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        manager.close();
    }
}
