package io.github.icthp.diffusion;

import ai.djl.Device;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.io.Resources;

import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.text.WordPromptEncoder;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.diffusion.vae.PixelCodec;
import io.github.icthp.files.TemporaryFiles;
import io.github.icthp.torch.DType;
import io.github.icthp.training.WeightHashes;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A pipeline small enough to come with the library: SD3's transformer for pictures of 32 x 32 of
 * the drawn world, whose prompts name one thing, its color, size and place. It was trained by this
 * library's own flow matching; {@code miniature/record.json} beside the weights says how.
 *
 * <p>It computes in float32 on the CPU. Prompts are encoded by {@link WordPromptEncoder}, pictures
 * by {@link PixelCodec}.
 */
public final class Miniature implements PipelineParts {

    /** Side of the pictures in pixels. */
    public static final int SIDE = 32;

    /** Steps of denoising that the model is meant for. */
    public static final int STEPS = 8;

    private static final String RESOURCE = "miniature/diffusion_pytorch_model.safetensors";
    private static final int WORDS = 8;
    private static final int WORD_WIDTH = 64;
    private static final int FACTOR = 2;
    private static final double GAIN = 2;

    /** Pixels of 3 colors in squares of the codec's factor. */
    private static final int CHANNELS = 3 * FACTOR * FACTOR;

    private static final Supplier<PipelineShape> SHAPE = Suppliers.memoize(Miniature::readShape);

    private final Optional<Path> weights;

    private Miniature(Optional<Path> weights) {
        this.weights = weights;
    }

    /** Opens the pipeline that comes with the library. */
    static DiffusionPipeline pipeline() {
        return new DiffusionPipeline(new Miniature(Optional.empty()), true);
    }

    /**
     * Opens a pipeline of the same shape with other weights.
     *
     * @param transformer the folder of a transformer that was trained anew
     * @return the pipeline, to be closed by the caller
     */
    public static DiffusionPipeline pipeline(Path transformer) {
        return new DiffusionPipeline(new Miniature(Optional.of(transformer)), true);
    }

    /**
     * Returns the transformer's shape.
     *
     * @return 2.3 million parameters
     */
    public static Sd3Config config() {
        int patches = SIDE / FACTOR / ModelFamily.PATCH;
        return new Sd3Config(
                4,
                4,
                32,
                CHANNELS,
                ModelFamily.PATCH,
                WORD_WIDTH,
                WORD_WIDTH,
                patches,
                true,
                ImmutableSortedSet.of());
    }

    /**
     * Returns the noise levels of training and sampling, shifted as SD3's: pictures are small but
     * flat, so that only much noise hides what they show.
     *
     * @return the schedule's settings
     */
    public static FlowMatchConfig schedule() {
        return FlowMatchConfig.sd3();
    }

    /**
     * Returns a new text encoder.
     *
     * @return the encoder
     */
    public static PromptEncoder encoder() {
        return new WordPromptEncoder(WORDS, WORD_WIDTH);
    }

    /**
     * Returns a new codec.
     *
     * @return the codec
     */
    public static LatentCodec newCodec() {
        return new PixelCodec(FACTOR, GAIN);
    }

    @Override
    public String name() {
        return "miniature";
    }

    @Override
    public ModelFamily family() {
        return ModelFamily.SD3;
    }

    @Override
    public Device device() {
        return Device.cpu();
    }

    @Override
    public DType type() {
        return DType.FLOAT32;
    }

    @Override
    public Scheduler scheduler() {
        return new FlowMatchEulerScheduler(schedule())::betweenTrainingEnds;
    }

    @Override
    public int side() {
        return SIDE;
    }

    @Override
    public Optional<PipelineShape> shape() {
        return Optional.of(SHAPE.get());
    }

    private static PipelineShape readShape() {
        return new PipelineShape(
                FACTOR * ModelFamily.PATCH, SIDE, false, Sd3Transformer.linears(config()));
    }

    @Override
    public PromptEncoder loadPromptEncoder() {
        return encoder();
    }

    @Override
    public Denoiser loadTransformer() {
        return withWeights(
                path -> {
                    try (Weights opened = Weights.open(path)) {
                        return Sd3Transformer.load(
                                config(), opened, device(), type(), Memory.OWNED);
                    }
                });
    }

    @Override
    public LatentCodec loadCodec() {
        return newCodec();
    }

    @Override
    public Map<String, String> weightHashes() {
        return Map.of("transformer", withWeights(WeightHashes::sha256));
    }

    /** Weights are read from files: those in the library are copied to one for a moment. */
    private <T> T withWeights(Function<Path, T> body) {
        if (weights.isPresent()) {
            return body.apply(weights.get());
        }
        try {
            Path folder = TemporaryFiles.folder("ict-hp-miniature");
            try (InputStream in = Resources.getResource(Miniature.class, RESOURCE).openStream()) {
                Path file = folder.resolve("diffusion_pytorch_model.safetensors");
                Files.copy(in, file);
                return body.apply(file);
            } finally {
                MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
            }
        } catch (IOException e) {
            throw TemporaryFiles.failure(e);
        }
    }
}
