package io.github.icthp.diffusion.sd3;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.LatentSize;
import io.github.icthp.diffusion.model.LayerPrograms;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The multimodal diffusion transformer of Stable Diffusion 3 and 3.5 (Esser et al. 2024, "Scaling
 * Rectified Flow Transformers"; diffusers' SD3Transformer2DModel).
 */
public final class Sd3Transformer extends Denoiser {

    static final TorchProgram PROGRAM =
            LayerPrograms.compile(Sd3Transformer.class, "sd3.torchscript");

    static final String POSITIONS = "pos_embed.pos_embed";
    static final String PATCHES = "pos_embed.proj";

    private final Sd3Config config;
    private final AdaptableWeights root;
    private final AdaptableWeights time;
    private final List<DenoiserStage> stages = new ArrayList<>();

    private Sd3Transformer(Sd3Config config, Parameters all, NDManager owner) {
        super(owner);
        this.config = config;
        this.root = root(config, all);
        this.time = time(config, all);
        stages.add(new Sd3ImageEmbedding(root));
        for (int i = 0; i < config.layers(); i++) {
            stages.add(new JointBlock(all, i, config));
        }
        stages.add(new Sd3Head(all, config));
    }

    private static AdaptableWeights root(Sd3Config config, Parameters all) {
        long d = config.width();
        long side = config.positionSide();
        return new AdaptableWeights(all, "")
                .tensor(POSITIONS, 1, side * side, d)
                .convolution(PATCHES, d, config.channels(), config.patch())
                .embedding(TEXT_LAYER, d, config.tokenWidth());
    }

    private static AdaptableWeights time(Sd3Config config, Parameters all) {
        long d = config.width();
        return new AdaptableWeights(all, "time_text_embed")
                .embedding("timestep_embedder.linear_1", d, 256)
                .embedding("timestep_embedder.linear_2", d, d)
                .embedding("text_embedder.linear_1", d, config.pooledWidth())
                .embedding("text_embedder.linear_2", d, d);
    }

    /**
     * Makes a transformer to be trained from scratch. As in DiT (Peebles and Xie 2022), linear
     * layers are drawn from Xavier's uniform distribution, and modulations and the last layer are
     * zero, so that every block begins as the identity.
     *
     * @param config its shape
     * @param seed what its weights are drawn from
     * @param device where it computes
     * @return the transformer in float32, to be closed by the caller
     */
    public static Sd3Transformer fresh(Sd3Config config, long seed, Device device) {
        try (Weights weights = new FreshWeights(config, seed)) {
            return load(config, weights, device, DType.FLOAT32, Memory.OWNED);
        }
    }

    /**
     * Returns what training moves: all weights but the table of positions, which is fixed.
     *
     * @return the live tensors by diffusers' name; closed with this
     */
    public Map<String, NDArray> trainable() {
        Map<String, NDArray> tensors = tensors();
        tensors.remove(POSITIONS);
        return tensors;
    }

    /**
     * Loads a transformer.
     *
     * @param config its shape
     * @param weights weights of diffusers' or the authors' layout; they may be closed afterwards
     * @param device where to compute
     * @param type what floating-point weights are converted to
     * @param memory where the weights live
     * @return the transformer, to be closed
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    public static Sd3Transformer load(
            Sd3Config config, Weights weights, Device device, DType type, Memory memory) {
        return loaded(
                Sd3OriginalLayout.translate(weights),
                device,
                type,
                memory,
                (all, owner) -> new Sd3Transformer(config, all, owner));
    }

    /**
     * Checks names and shapes of weights too large to load here.
     *
     * @param config the transformer's shape
     * @param shapes the weights' shapes by name
     * @param description what messages call them
     * @return the linear layers that may be adapted, by path
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    public static Map<String, LinearShape> check(
            Sd3Config config, Map<String, Shape> shapes, String description) {
        return checked(shapes, description, (all, owner) -> new Sd3Transformer(config, all, owner));
    }

    /**
     * Lists the linear layers of a shape that may be adapted.
     *
     * @param config the transformer's shape
     * @return their shapes by diffusers' path
     */
    public static Map<String, LinearShape> linears(Sd3Config config) {
        return check(config, shapes(config), "shapes of this configuration");
    }

    /**
     * Lists the weights of a shape.
     *
     * @param config the transformer's shape
     * @return every tensor's shape by diffusers' name
     */
    public static Map<String, Shape> shapes(Sd3Config config) {
        return named((all, owner) -> new Sd3Transformer(config, all, owner));
    }

    /**
     * Returns the transformer's shape.
     *
     * @return the configuration
     */
    public Sd3Config config() {
        return config;
    }

    @Override
    protected List<DenoiserStage> stages() {
        return stages;
    }

    @Override
    protected AdaptableWeights timeWeights() {
        return time;
    }

    @Override
    protected NDArray embedText(NDArray tokens) {
        return PROGRAM.call("embed_text", tokens, root.dict());
    }

    @Override
    protected NDArray embedTime(NDArray timesteps, Conditioning conditioning) {
        return PROGRAM.call("conditioning", timesteps, conditioning.pooled(), time.dict());
    }

    @Override
    protected List<NDArray> positions(LatentSize size, long text) {
        int rows = size.rows() / config.patch();
        int columns = size.columns() / config.patch();
        int side = config.positionSide();
        Preconditions.checkArgument(
                rows <= side && columns <= side,
                "predict: expected latents of at most %s x %s, got %s",
                side * config.patch(),
                side * config.patch(),
                size);
        return List.of(PROGRAM.call("positions", rows, columns, side, root.dict()));
    }

    @Override
    protected LatentSize size(NDArray latents) {
        return LatentSize.of(latents, config.channels(), config.patch());
    }
}
