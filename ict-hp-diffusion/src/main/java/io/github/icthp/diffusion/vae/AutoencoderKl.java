package io.github.icthp.diffusion.vae;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The autoencoder of Stable Diffusion, SD3 and FLUX.1 (diffusers' {@code AutoencoderKL}; Rombach et
 * al. 2022, arXiv 2112.10752).
 *
 * <p>As a {@link LatentCodec} it scales latents; {@link #decodeUnscaled} and {@link #distribution}
 * work on the network's own.
 */
public final class AutoencoderKl implements LatentCodec {

    private final VaeConfig config;
    private final NDManager manager;
    private final DType type;
    private final List<Stage> decoder;
    private final List<Stage> encoder;

    private AutoencoderKl(NDManager manager, DType type, Parameters all, VaeConfig config) {
        this.config = config;
        this.manager = manager;
        this.type = type;
        this.decoder = VaeStage.network(VaeStages.decoder(all, config));
        this.encoder = VaeStage.network(VaeStages.encoder(all, config));
        all.finish();
    }

    /**
     * Loads a folder as diffusers writes it: {@code config.json} and safetensors.
     *
     * @param folder the folder, or the weights file in it
     * @param device where the model lives
     * @param type what its weights are converted to; where they have it already, they stay in the
     *     file's memory map
     * @return the model; close it to free its weights
     * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and config do not fit
     */
    public static AutoencoderKl load(Path folder, Device device, DType type) {
        VaeConfig config = VaeConfig.read(FolderFiles.beside(folder, "config.json"));
        try (Weights weights = Weights.openModel(folder)) {
            return load(weights, config, device, type);
        }
    }

    /**
     * Loads open weights.
     *
     * @param weights weights under diffusers' names
     * @param config the model's shape
     * @param device where the model lives
     * @param type what its weights are converted to
     * @return the model; close it to free its weights
     * @throws io.github.icthp.weights.WeightsMismatchException if weights and config do not fit
     */
    public static AutoencoderKl load(Weights weights, VaeConfig config, Device device, DType type) {
        NDManager manager = Torch.manager(device);
        try {
            Parameters all = Parameters.load(weights, manager, type, Memory.MAPPED);
            return new AutoencoderKl(manager, type, all, config);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    List<Stage> decoder() {
        return decoder;
    }

    /**
     * Returns the model's shape.
     *
     * @return the config
     */
    public VaeConfig config() {
        return config;
    }

    @Override
    public int latentChannels() {
        return config.latentChannels();
    }

    @Override
    public int factor() {
        return config.factor();
    }

    @Override
    public NDArray decode(NDArray latents) {
        return decodeUnscaled(unscale(latents));
    }

    /**
     * Decodes latents that are not scaled for a diffusion model.
     *
     * @param latents (B, C, h, w), in this model's type
     * @return pixels (B, 3, H, W), about -1..1
     */
    public NDArray decodeUnscaled(NDArray latents) {
        CodecShapes.checkLatents(this, latents);
        return VaeStage.through(decoder, latents);
    }

    @Override
    public Pullback decodeInStages(NDArray latents) {
        CodecShapes.checkLatents(this, latents);
        List<Stage> scaled =
                new ArrayList<>(List.of((state, context) -> List.of(unscale(state.get(0)))));
        scaled.addAll(decoder);
        return VaeStage.pullback(scaled, latents);
    }

    private NDArray unscale(NDArray latents) {
        return VaeStage.PROGRAM.call(
                "unscale", latents, config.scaling(), config.shift(), type.code());
    }

    @Override
    public NDArray encode(NDArray pixels) {
        return scale(distribution(pixels).mean());
    }

    /**
     * Scales latents for a diffusion model.
     *
     * @param latents (B, C, h, w), as {@link #distribution} gives them
     * @return {@code (latents - shift) * scaling}
     */
    public NDArray scale(NDArray latents) {
        return VaeStage.PROGRAM.call("scale", latents, config.scaling(), config.shift());
    }

    /**
     * Encodes to a distribution, not scaled for a diffusion model.
     *
     * @param pixels (B, 3, H, W), -1..1; sides are multiples of {@link #factor()}
     * @return the distribution of the latents
     */
    LatentDistribution distribution(NDArray pixels) {
        return distributionOf(moments(pixels));
    }

    /** Returns mean and log-variance as the encoder gives them, (B, 2C, h, w). */
    NDArray moments(NDArray pixels) {
        CodecShapes.checkPixels(this, pixels);
        return VaeStage.through(encoder, Tensors.cast(pixels, type));
    }

    static LatentDistribution distributionOf(NDArray moments) {
        NDList parts = VaeStage.PROGRAM.callList("distribution", moments);
        return new LatentDistribution(parts.get(0), parts.get(1));
    }

    @Override
    public void close() {
        manager.close();
    }
}
