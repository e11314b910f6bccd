package io.github.icthp.diffusion.vae;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

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
 * TAESD, an autoencoder of a few million parameters that stands in for a large one: its latents are
 * a diffusion model's own, scaled (madebyollin/taesd). It makes previews in a hundredth of the
 * time.
 */
final class TinyAutoencoder implements LatentCodec {

    private static final int FACTOR = 8;

    /** The autoencoder that a tiny one stands in for. */
    public enum Latents {
        /** Stable Diffusion 1 and 2, SDXL: 4 channels. */
        STABLE_DIFFUSION(4, false),
        /** SD3, SD3.5 and FLUX.1: 16 channels. */
        SIXTEEN_CHANNELS(16, false),
        /** FLUX.2: 32 channels, with pooled statistics in the blocks next to the latents. */
        FLUX2(32, true);

        private final int channels;
        private final boolean pooled;

        Latents(int channels, boolean pooled) {
            this.channels = channels;
            this.pooled = pooled;
        }
    }

    private final NDManager manager;
    private final Latents latents;
    private final DType type;
    private final List<Stage> encoder;
    private final List<Stage> decoder;

    private TinyAutoencoder(
            NDManager manager, Weights encoder, Weights decoder, Latents latents, DType type) {
        this.manager = manager;
        this.latents = latents;
        this.type = type;
        Parameters encoding = Parameters.load(encoder, manager, type, Memory.MAPPED);
        Parameters decoding = Parameters.load(decoder, manager, type, Memory.MAPPED);
        this.encoder =
                VaeStage.network(TinyStages.encoder(encoding, latents.channels, latents.pooled));
        this.decoder = new ArrayList<>(List.of(this::convert));
        this.decoder.addAll(
                VaeStage.network(TinyStages.decoder(decoding, latents.channels, latents.pooled)));
        this.decoder.add(TinyAutoencoder::outwards);
        encoding.finish();
        decoding.finish();
    }

    /**
     * Loads the two files of a tiny autoencoder, for example {@code taef2_encoder.pth} and {@code
     * taef2_decoder.pth}.
     *
     * @param encoder the encoder's weights
     * @param decoder the decoder's weights
     * @param latents whose latents it makes and reads
     * @param device where the model lives
     * @param type what its weights are converted to
     * @return the model; close it to free its weights
     * @throws io.github.icthp.weights.WeightsMismatchException if the weights are another model's
     */
    public static TinyAutoencoder load(
            Path encoder, Path decoder, Latents latents, Device device, DType type) {
        try (Weights encoding = Weights.openModel(encoder);
                Weights decoding = Weights.openModel(decoder)) {
            return load(encoding, decoding, latents, device, type);
        }
    }

    /**
     * Loads open weights.
     *
     * @param encoder the encoder's weights
     * @param decoder the decoder's weights
     * @param latents whose latents it makes and reads
     * @param device where the model lives
     * @param type what its weights are converted to
     * @return the model; close it to free its weights
     * @throws io.github.icthp.weights.WeightsMismatchException if the weights are another model's
     */
    public static TinyAutoencoder load(
            Weights encoder, Weights decoder, Latents latents, Device device, DType type) {
        NDManager manager = Torch.manager(device);
        try {
            return new TinyAutoencoder(manager, encoder, decoder, latents, type);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    @Override
    public int latentChannels() {
        return latents.channels;
    }

    @Override
    public int factor() {
        return FACTOR;
    }

    @Override
    public NDArray decode(NDArray latents) {
        CodecShapes.checkLatents(this, latents);
        return VaeStage.through(decoder, latents);
    }

    @Override
    public Pullback decodeInStages(NDArray latents) {
        CodecShapes.checkLatents(this, latents);
        return VaeStage.pullback(decoder, latents);
    }

    private List<NDArray> convert(List<NDArray> state, List<NDArray> context) {
        return List.of(Tensors.cast(state.get(0), type));
    }

    private static List<NDArray> outwards(List<NDArray> state, List<NDArray> context) {
        return List.of(VaeStage.PROGRAM.call("outwards", state.get(0)));
    }

    @Override
    public NDArray encode(NDArray pixels) {
        CodecShapes.checkPixels(this, pixels);
        return VaeStage.through(encoder, VaeStage.PROGRAM.call("inwards", pixels, type.code()));
    }

    @Override
    public void close() {
        manager.close();
    }
}
