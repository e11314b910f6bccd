package io.github.icthp.clip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.Map;

/** A whole CLIP model: both towers and the logit scale. */
public final class ClipModel implements AutoCloseable {

    private final NDManager manager;
    private final ClipTextTower text;
    private final ClipVisionTower vision;
    private final Map<String, NDArray> parameters;

    private ClipModel(NDManager manager, Parameters all, ClipConfig config) {
        this.manager = manager;
        this.text = new ClipTextTower(all, config);
        this.vision = new ClipVisionTower(all, config);
        all.tensor("logit_scale");
        this.parameters = all.finish();
    }

    /**
     * Loads a model strictly.
     *
     * @param weights open weights under Hugging Face's names
     * @param config the model's shape
     * @param device where it lives
     * @param type its type
     * @param memory whether its parameters may be trained in place
     * @return the model; close it to free its parameters
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and shape do not fit
     */
    public static ClipModel load(
            Weights weights, ClipConfig config, Device device, DType type, Memory memory) {
        NDManager manager = Torch.manager(device);
        try {
            return new ClipModel(manager, Parameters.load(weights, manager, type, memory), config);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Returns the text tower.
     *
     * @return the tower
     */
    public ClipTextTower text() {
        return text;
    }

    /**
     * Returns the vision tower.
     *
     * @return the tower
     */
    public ClipVisionTower vision() {
        return vision;
    }

    /**
     * Returns every parameter by its checkpoint name.
     *
     * @return the parameters, in the order of the model
     */
    public Map<String, NDArray> parameters() {
        return parameters;
    }

    /**
     * Scales features to unit length, in float32.
     *
     * @param features (B, P)
     * @return (B, P)
     */
    public static NDArray normalize(NDArray features) {
        return ClipEncoder.PROGRAM.call("normalize", features);
    }

    /**
     * Compares each image with its text, in float32.
     *
     * @param images (B, P), of any length
     * @param texts (B, P), of any length
     * @return (B): cosines in [-1, 1]
     */
    public static NDArray cosine(NDArray images, NDArray texts) {
        return ClipEncoder.PROGRAM.call("cosine", images, texts);
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        manager.close();
    }
}
