package io.github.icthp.diffusion.flux;

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
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The rectified flow transformer of FLUX.1 (Black Forest Labs 2024; diffusers'
 * FluxTransformer2DModel). It takes and gives latents as pictures and packs them itself.
 */
public final class FluxTransformer extends Denoiser {

    static final TorchProgram PROGRAM =
            LayerPrograms.compile(FluxTransformer.class, "flux.torchscript");

    static final String TOKENS = "x_embedder";

    private final FluxConfig config;
    private final AdaptableWeights root;
    private final AdaptableWeights time;
    private final List<DenoiserStage> stages = new ArrayList<>();

    private FluxTransformer(FluxConfig config, Parameters all, NDManager owner) {
        super(owner);
        this.config = config;
        this.root = root(config, all);
        this.time = time(config, all);
        stages.add(new FluxImageEmbedding(root));
        for (int i = 0; i < config.doubleBlocks(); i++) {
            stages.add(new DoubleStreamBlock(all, i, config));
        }
        stages.add(new Join(new AdaptableWeights(all, "")));
        for (int i = 0; i < config.singleBlocks(); i++) {
            stages.add(new SingleStreamBlock(all, i, config));
        }
        stages.add(new FluxHead(all, config));
    }

    private static AdaptableWeights root(FluxConfig config, Parameters all) {
        long d = config.width();
        return new AdaptableWeights(all, "")
                .embedding(TOKENS, d, config.tokenValues())
                .embedding(TEXT_LAYER, d, config.tokenWidth());
    }

    private static AdaptableWeights time(FluxConfig config, Parameters all) {
        long d = config.width();
        AdaptableWeights time =
                new AdaptableWeights(all, "time_text_embed")
                        .embedding("timestep_embedder.linear_1", d, 256)
                        .embedding("timestep_embedder.linear_2", d, d)
                        .embedding("text_embedder.linear_1", d, config.pooledWidth())
                        .embedding("text_embedder.linear_2", d, d);
        if (config.guided()) {
            time.embedding("guidance_embedder.linear_1", d, 256);
            time.embedding("guidance_embedder.linear_2", d, d);
        }
        return time;
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
    public static FluxTransformer load(
            FluxConfig config, Weights weights, Device device, DType type, Memory memory) {
        return loaded(
                FluxOriginalLayout.translate(weights),
                device,
                type,
                memory,
                (all, owner) -> new FluxTransformer(config, all, owner));
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
            FluxConfig config, Map<String, Shape> shapes, String description) {
        return checked(
                shapes, description, (all, owner) -> new FluxTransformer(config, all, owner));
    }

    /**
     * Lists the linear layers of a shape that may be adapted.
     *
     * @param config the transformer's shape
     * @return their shapes by diffusers' path
     */
    public static Map<String, LinearShape> linears(FluxConfig config) {
        return check(config, shapes(config), "shapes of this configuration");
    }

    /**
     * Lists the weights of a shape.
     *
     * @param config the transformer's shape
     * @return every tensor's shape by diffusers' name
     */
    public static Map<String, Shape> shapes(FluxConfig config) {
        return named((all, owner) -> new FluxTransformer(config, all, owner));
    }

    /**
     * Returns the transformer's shape.
     *
     * @return the configuration
     */
    public FluxConfig config() {
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
        return PROGRAM.call(
                "conditioning",
                timesteps,
                conditioning.pooled(),
                config.guided() ? guidance(conditioning) : null,
                time.dict());
    }

    private static NDArray guidance(Conditioning conditioning) {
        List<Float> scales = conditioning.guidance();
        Preconditions.checkArgument(
                !scales.isEmpty(),
                "predict: this transformer takes a distilled guidance scale (FLUX.1-dev's is 3.5);"
                        + " use conditioning.withGuidance(scale)");
        float[] each = new float[(int) conditioning.batch()];
        for (int i = 0; i < each.length; i++) {
            each[i] = scales.get(scales.size() == 1 ? 0 : i);
        }
        return Tensors.of(each, each.length);
    }

    @Override
    protected List<NDArray> positions(LatentSize size, long text) {
        long[] axes = config.axes().stream().mapToLong(Integer::longValue).toArray();
        int rows = size.rows() / FluxConfig.PATCH;
        int columns = size.columns() / FluxConfig.PATCH;
        return List.of(Tensors.to(PROGRAM.call("rotations", text, rows, columns, axes), device()));
    }

    @Override
    protected LatentSize size(NDArray latents) {
        return LatentSize.of(latents, config.channels(), FluxConfig.PATCH);
    }
}
