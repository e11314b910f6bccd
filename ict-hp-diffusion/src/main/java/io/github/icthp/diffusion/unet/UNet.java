package io.github.icthp.diffusion.unet;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Floats;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.LatentSize;
import io.github.icthp.diffusion.model.LayerPrograms;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.PictureSizes;
import io.github.icthp.diffusion.unet.UNetConfig.Added;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * The UNet of Stable Diffusion 1.5, 2 and XL (Rombach et al. 2022, "High-Resolution Image Synthesis
 * with Latent Diffusion Models"; Podell et al. 2023, "SDXL"; diffusers' UNet2DConditionModel).
 *
 * <p>It predicts noise, or v, where a transformer predicts a velocity. Latents may have any size;
 * its conditioning's pooled embedding and sizes matter to SDXL only.
 */
public final class UNet extends Denoiser {

    static final TorchProgram PROGRAM = LayerPrograms.compile(UNet.class, "unet.torchscript");

    private final UNetConfig config;
    private final AdaptableWeights time;
    private final List<DenoiserStage> stages;

    private UNet(UNetConfig config, Parameters all, NDManager owner) {
        super(owner);
        this.config = config;
        this.time = time(config, all);
        this.stages = List.copyOf(UNetStages.of(all, config));
    }

    private static AdaptableWeights time(UNetConfig config, Parameters all) {
        long d = config.timeWidth();
        AdaptableWeights time =
                new AdaptableWeights(all, "")
                        .embedding("time_embedding.linear_1", d, config.levels().get(0).width())
                        .embedding("time_embedding.linear_2", d, d);
        config.added()
                .ifPresent(
                        added ->
                                time.embedding("add_embedding.linear_1", d, added.inputs())
                                        .embedding("add_embedding.linear_2", d, d));
        return time;
    }

    /**
     * Loads a UNet.
     *
     * @param config its shape
     * @param weights weights under diffusers' names; they may be closed afterwards
     * @param device where to compute
     * @param type what floating-point weights are converted to
     * @param memory where the weights live
     * @return the UNet, to be closed
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    public static UNet load(
            UNetConfig config, Weights weights, Device device, DType type, Memory memory) {
        return loaded(weights, device, type, memory, (all, owner) -> new UNet(config, all, owner));
    }

    /**
     * Checks names and shapes of weights too large to load here.
     *
     * @param config the UNet's shape
     * @param shapes the weights' shapes by name
     * @param description what messages call them
     * @return the layers that may be adapted, by path
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    public static Map<String, LinearShape> check(
            UNetConfig config, Map<String, Shape> shapes, String description) {
        return checked(shapes, description, (all, owner) -> new UNet(config, all, owner));
    }

    /**
     * Lists the weights of a shape.
     *
     * @param config the UNet's shape
     * @return every tensor's shape by diffusers' name
     */
    public static Map<String, Shape> shapes(UNetConfig config) {
        return named((all, owner) -> new UNet(config, all, owner));
    }

    /**
     * Lists the layers of a shape that may be adapted.
     *
     * @param config the UNet's shape
     * @return their shapes by diffusers' path
     */
    public static Map<String, LinearShape> linears(UNetConfig config) {
        return check(config, shapes(config), "shapes of this configuration");
    }

    /**
     * Returns the UNet's shape.
     *
     * @return the configuration
     */
    public UNetConfig config() {
        return config;
    }

    /** At its smaller sizes a UNet's convolutions take twice the time with weights as they come. */
    @Override
    public void prepareToSample() {
        pack();
    }

    @Override
    protected List<DenoiserStage> stages() {
        return stages;
    }

    @Override
    protected boolean readsStyles() {
        return true;
    }

    @Override
    protected AdaptableWeights timeWeights() {
        return time;
    }

    /** Attention reads the text as it is. */
    @Override
    protected NDArray embedText(NDArray tokens) {
        return PROGRAM.call("alias", tokens);
    }

    @Override
    protected NDArray embedTime(NDArray timesteps, Conditioning conditioning) {
        return PROGRAM.call(
                "time",
                timesteps,
                conditioning.pooled(),
                sizes(conditioning),
                time.dict(),
                config.levels().get(0).width(),
                config.added().map(Added::sizeWidth).orElse(0),
                config.waves().cosinesFirst(),
                config.waves().shift());
    }

    private @Nullable NDArray sizes(Conditioning conditioning) {
        if (config.added().isEmpty()) {
            return null;
        }
        Preconditions.checkArgument(
                !conditioning.sizes().isEmpty(),
                "predict: this UNet is told sizes; see Conditioning.withSizes");
        int batch = (int) conditioning.batch();
        float[][] rows = new float[batch][];
        for (int i = 0; i < batch; i++) {
            List<PictureSizes> sizes = conditioning.sizes();
            rows[i] = sizes.get(sizes.size() == 1 ? 0 : i).values();
        }
        NDArray values = Tensors.of(Floats.concat(rows), batch, Added.SIZES);
        return Tensors.to(values, device());
    }

    @Override
    protected List<NDArray> positions(LatentSize size, long text) {
        return List.of();
    }

    @Override
    protected LatentSize size(NDArray latents) {
        return LatentSize.of(latents, config.channels(), 1);
    }
}
