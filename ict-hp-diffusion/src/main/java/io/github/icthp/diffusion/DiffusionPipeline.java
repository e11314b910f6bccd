package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.collect.Lists;

import io.github.icthp.diffusion.adapter.EncodedStyle;
import io.github.icthp.diffusion.adapter.IpAdapter;
import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.lora.UnappliedTensors;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Makes pictures of prompts: text encoders, a network that denoises latents, an autoencoder.
 *
 * <p>Each model is loaded when it is first needed. Text encoders are released once prompts are
 * encoded, unless they are kept, so that they and the transformer need not fit in memory together.
 * Threads that share a pipeline wait for each other.
 *
 * <pre>{@code
 * try (DiffusionPipeline pipeline = DiffusionPipeline.load(Path.of("stable-diffusion-3.5-large-turbo"))) {
 *     GenerationRequest request =
 *             GenerationRequest.builder().prompt("a red fox in the snow").steps(8).seed(7).build();
 *     pipeline.generate(request).get(0).write(Path.of("fox.png"));
 * }
 * }</pre>
 */
public final class DiffusionPipeline implements AutoCloseable {

    private final PipelineParts parts;
    private final boolean keepPromptEncoder;
    private @Nullable PromptEncoder promptEncoder;
    private final Optional<AdapterFile> adapter;
    private final UnappliedTensors unapplied;
    private @Nullable Denoiser transformer;
    private @Nullable LoraAdapters lora;
    private @Nullable LatentCodec codec;
    private final Map<Path, IpAdapter> styleAdapters = new HashMap<>();
    private boolean open = true;

    /**
     * Makes a pipeline of parts.
     *
     * @param parts what it is made of
     * @param keepPromptEncoder whether text encoders stay loaded between calls
     */
    public DiffusionPipeline(PipelineParts parts, boolean keepPromptEncoder) {
        this(parts, keepPromptEncoder, Optional.empty(), UnappliedTensors.NONE);
    }

    DiffusionPipeline(
            PipelineParts parts,
            boolean keepPromptEncoder,
            Optional<AdapterFile> adapter,
            UnappliedTensors unapplied) {
        this.parts = parts;
        this.keepPromptEncoder = keepPromptEncoder;
        this.adapter = adapter;
        this.unapplied = unapplied;
    }

    /**
     * Returns one line: the model, its family, precision and device.
     *
     * @return for people
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "DiffusionPipeline[%s, %s, %s on %s%s]",
                parts.name(),
                parts.family(),
                parts.type(),
                parts.device(),
                hasAdapter() ? ", with an adapter" : "");
    }

    /**
     * Opens a pipeline on the CPU, in the precision that suits it.
     *
     * @param folder a folder as diffusers writes it, with {@code model_index.json}
     * @return the pipeline, to be closed
     * @throws io.github.icthp.weights.WeightsFormatException if the folder is not a pipeline of a
     *     {@link ModelFamily}
     * @throws java.io.UncheckedIOException if a file cannot be read
     */
    public static DiffusionPipeline load(Path folder) {
        return builder(folder).build();
    }

    /**
     * Opens the small pipeline that comes with the library, on the CPU: pictures of 32 x 32 of a
     * drawn world, for prompts like {@code a large red star}.
     *
     * @return the pipeline, to be closed
     */
    public static DiffusionPipeline miniature() {
        return Miniature.pipeline();
    }

    /**
     * Starts with a folder as diffusers writes it.
     *
     * @param folder a folder with {@code model_index.json}
     * @return a builder
     */
    public static PipelineBuilder builder(Path folder) {
        return new PipelineBuilder(folder);
    }

    /**
     * Returns what this is made of.
     *
     * @return the parts
     */
    public PipelineParts parts() {
        return parts;
    }

    /**
     * Encodes prompts, and releases the text encoders again unless they are kept.
     *
     * @param prompts a batch of prompts
     * @return their embeddings in the transformer's type, owned by the innermost scope; they may
     *     enter graphs as constants
     */
    public synchronized Conditioning encode(List<String> prompts) {
        Conditioning encoded = encodeAndKeep(prompts);
        if (!keepPromptEncoder) {
            releasePromptEncoder();
        }
        return encoded;
    }

    /**
     * Encodes many prompts, a few at a time, and releases the text encoders unless they are kept.
     *
     * @param prompts the prompts
     * @param batch how many are encoded at once
     * @param sink takes each prompt with its conditioning, of batch 1; the embeddings close when it
     *     returns, unless they are moved to another owner
     */
    public synchronized void encodeEach(
            List<String> prompts, int batch, BiConsumer<String, Conditioning> sink) {
        for (List<String> some : Lists.partition(prompts, batch)) {
            TensorScope.run(
                    parts.device(),
                    () -> {
                        Conditioning encoded = encodeAndKeep(some);
                        for (int i = 0; i < some.size(); i++) {
                            NDArray row = Tensors.of(new long[] {i}, 1);
                            sink.accept(
                                    some.get(i),
                                    new Conditioning(
                                            Sampler.PROGRAM.call("rows", encoded.tokens(), row),
                                            Sampler.PROGRAM.call("rows", encoded.pooled(), row)));
                        }
                    });
        }
        if (!keepPromptEncoder) {
            releasePromptEncoder();
        }
    }

    /**
     * Encodes what classifier-free guidance leads away from. The text encoders stay loaded until
     * prompts are encoded, or {@link #releasePromptEncoder} is called.
     *
     * @param prompt the negative prompt, if there is one
     * @return its embeddings, of batch 1, in the denoiser's type, owned by the innermost scope
     */
    public synchronized Conditioning encodeNegative(Optional<String> prompt) {
        return encodeAndKeep(encoder -> encoder.encodeNegative(prompt));
    }

    /** Encodes and leaves the encoders loaded. */
    Conditioning encodeAndKeep(List<String> prompts) {
        return encodeAndKeep(encoder -> encoder.encode(prompts));
    }

    /** Encodes by what the caller asks of the encoders, and leaves them loaded. */
    Conditioning encodeAndKeep(Function<PromptEncoder, Conditioning> encode) {
        requireOpen();
        if (promptEncoder == null) {
            promptEncoder = parts.loadPromptEncoder();
        }
        PromptEncoder encoder = promptEncoder;
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        Conditioning encoded = encode.apply(encoder);
                        return new Conditioning(
                                scope.keep(Tensors.cast(encoded.tokens(), parts.type())),
                                scope.keep(Tensors.cast(encoded.pooled(), parts.type())));
                    }
                });
    }

    /**
     * Checks that pictures can take a style: the model's family, the adapter, its encoder and the
     * blocks that its scale names. Nothing is loaded if the parts' shape is known.
     *
     * @param style the style
     * @throws IllegalArgumentException if the model is of another family than SD1.5, SD2 and SDXL,
     *     or its UNet has no such block
     * @throws IllegalStateException if no image encoder is known
     * @throws io.github.icthp.weights.WeightsFormatException if the adapter is of another family
     * @throws io.github.icthp.weights.WeightsMismatchException if its names or shapes do not fit
     */
    public void check(Style style) {
        Preconditions.checkArgument(
                parts.family().takesStyles(),
                "generate: style adapters are for SD1.5, SD2 and SDXL, and %s is %s; leave the style"
                        + " out",
                parts.name(),
                parts.family().title());
        parts.shape().ifPresent(shape -> style.check(shape.linears()));
    }

    /** Encodes a style's pictures. Its adapter stays loaded, its image encoder does not. */
    EncodedStyle encode(Style style) {
        requireOpen();
        IpAdapter weights =
                styleAdapters.computeIfAbsent(
                        style.adapter().file(),
                        file ->
                                style.adapter()
                                        .load(
                                                parts.shape()
                                                        .map(PipelineShape::linears)
                                                        .orElseGet(() -> transformer().linears()),
                                                parts.device(),
                                                parts.type()));
        return style.encode(weights, parts.device(), parts.type());
    }

    /** Frees the text encoders; they are loaded again when needed. */
    public synchronized void releasePromptEncoder() {
        if (promptEncoder != null) {
            promptEncoder.close();
            promptEncoder = null;
        }
    }

    boolean keepsPromptEncoder() {
        return keepPromptEncoder;
    }

    /**
     * Returns the transformer, loading it at the first call, with the adapters of {@link
     * PipelineBuilder#lora} on it.
     *
     * @return the transformer, which closes with this
     */
    public synchronized Denoiser transformer() {
        requireOpen();
        if (transformer == null) {
            Denoiser loaded = parts.loadTransformer();
            try {
                lora = adapter.flatMap(file -> file.putOn(loaded)).orElse(null);
            } catch (RuntimeException e) {
                loaded.close();
                throw e;
            }
            transformer = loaded;
        }
        return transformer;
    }

    /**
     * Says whether this was opened with an adapter file.
     *
     * @return true if it has that file's adapters on it
     */
    public boolean hasAdapter() {
        return adapter.isPresent();
    }

    /**
     * Returns what in the adapter file changes nothing: it is of a kind that cannot be applied, or
     * for layers that the pipeline does not have.
     *
     * @return the names of such tensors by kind; none without an adapter file
     */
    public UnappliedTensors unapplied() {
        return unapplied;
    }

    /**
     * Returns the autoencoder, loading it at the first call.
     *
     * @return the codec, which closes with this
     */
    public synchronized LatentCodec codec() {
        requireOpen();
        if (codec == null) {
            codec = parts.loadCodec();
        }
        return codec;
    }

    /**
     * Returns the model's schedule.
     *
     * @param steps number of steps
     * @param width the picture's width in pixels
     * @param height the picture's height in pixels
     * @return timesteps and noise levels
     */
    public DenoisingSchedule schedule(int steps, int width, int height) {
        int side = sizeUnit();
        return parts.scheduler().schedule(steps, (width / side) * (height / side));
    }

    /**
     * Returns what width and height must be multiples of.
     *
     * @return the side in pixels of what becomes one token
     */
    public int sizeUnit() {
        return parts.shape()
                .map(PipelineShape::sizeUnit)
                .orElseGet(() -> codec().factor() * ModelFamily.PATCH);
    }

    /**
     * Checks that this can make pictures of a size; nothing is loaded if the parts' shape is known.
     *
     * @param width the picture's width in pixels
     * @param height the picture's height in pixels
     * @throws IllegalArgumentException if they are no multiples of {@link #sizeUnit}, or too large
     */
    public void requireSize(int width, int height) {
        parts.shape()
                .ifPresentOrElse(
                        shape -> shape.requireSize(width, height),
                        () -> PipelineShape.requireMultiples(sizeUnit(), width, height));
    }

    /**
     * Returns the noise that a picture starts from: the values of {@code torch.randn((1, C, h, w),
     * generator=torch.Generator("cpu").manual_seed(seed))}, on every device.
     *
     * @param seed the picture's seed
     * @param width the picture's width in pixels
     * @param height the picture's height in pixels
     * @return (1, C, h, w), in the transformer's type, owned by the innermost scope
     */
    public NDArray noise(long seed, int width, int height) {
        return noise(seed, 0, width, height);
    }

    /** Returns what that generator draws after as many tensors of that shape. */
    NDArray noise(long seed, int after, int width, int height) {
        int factor = codec().factor();
        long[] shape = {1, codec().latentChannels(), height / factor, width / factor};
        try (TensorScope scope = TensorScope.open()) {
            NDArray drawn = Sampler.PROGRAM.call("normal", shape, seed, after);
            NDArray there = Tensors.to(drawn, parts.device());
            return scope.keep(Tensors.cast(there, parts.type()));
        }
    }

    /**
     * Makes pictures.
     *
     * @param request what to make
     * @return the pictures, in the order of the prompts
     * @throws IllegalArgumentException if the model cannot do what is asked for
     * @throws ArithmeticException if a picture is not finite; the message names prompt and seed
     */
    public List<GeneratedImage> generate(GenerationRequest request) {
        return generate(request, GenerationListener.NONE);
    }

    /**
     * Makes pictures and tells of every step. A thread that is interrupted stops at the next step.
     *
     * @param request what to make
     * @param listener called after each denoising step
     * @return the pictures, in the order of the prompts
     * @throws IllegalArgumentException if the model cannot do what is asked for
     * @throws ArithmeticException if a picture is not finite; the message names prompt and seed
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; its
     *     interrupt flag stays set
     */
    public List<GeneratedImage> generate(GenerationRequest request, GenerationListener listener) {
        List<GeneratedImage> images = new ArrayList<>();
        generateEach(
                request,
                new GenerationListener() {
                    @Override
                    public void onStep(Progress progress) {
                        listener.onStep(progress);
                    }

                    @Override
                    public void onImage(GeneratedImage image) {
                        listener.onImage(image);
                        images.add(image);
                    }
                });
        return images;
    }

    /**
     * Makes pictures as {@link #generate(GenerationRequest, GenerationListener)} does, and gives
     * each to the listener without keeping it: there may be more than fit into memory.
     *
     * @param request what to make
     * @param listener called after each denoising step, and with each picture in the order of the
     *     prompts
     * @throws IllegalArgumentException if the model cannot do what is asked for
     * @throws ArithmeticException if a picture is not finite; the message names prompt and seed
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; its
     *     interrupt flag stays set
     */
    public synchronized void generateEach(GenerationRequest request, GenerationListener listener) {
        requireOpen();
        TensorScope.run(
                parts.device(),
                () -> {
                    new Generation(this, request, listener).run();
                });
    }

    /**
     * Writes the pipeline in diffusers' layout, in the type it computes in. Adapters that it was
     * opened with are fused into the weights of the transformer and the text encoders; everything
     * else is copied.
     *
     * @param folder a folder that is not there yet, or empty
     * @throws IllegalStateException if the folder is not empty, or the pipeline's parts do not come
     *     from a folder themselves
     * @throws java.io.UncheckedIOException if a file cannot be read or written
     */
    public synchronized void save(Path folder) {
        requireOpen();
        WholeFolder.write(folder, this::writeTo);
    }

    private void writeTo(Path folder) {
        parts.saveFrozen(folder);
        Denoiser tuned = transformer();
        Path own = folder.resolve(parts.family().denoiser());
        if (lora == null) {
            write(tuned, own);
            return;
        }
        lora.fuse();
        try {
            write(tuned, own);
        } finally {
            lora.unfuse();
        }
    }

    private static void write(Denoiser transformer, Path folder) {
        SafetensorsWriter.write(
                folder.resolve("diffusion_pytorch_model.safetensors"),
                transformer.tensors(),
                Map.of("format", "pt"));
    }

    private void requireOpen() {
        Preconditions.checkState(open, "DiffusionPipeline: closed; load %s again", parts.name());
    }

    /** Frees every model that is loaded. */
    @Override
    public synchronized void close() {
        open = false;
        releasePromptEncoder();
        if (lora != null) {
            lora.close();
            lora = null;
        }
        if (transformer != null) {
            transformer.close();
            transformer = null;
        }
        if (codec != null) {
            codec.close();
            codec = null;
        }
        styleAdapters.values().forEach(IpAdapter::close);
        styleAdapters.clear();
    }
}
