package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.diffusion.ModelFamily;
import io.github.icthp.diffusion.PipelineParts;
import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxMemory;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.PassMemory;
import io.github.icthp.diffusion.model.PassSize;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Memory;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.diffusion.unet.UNetMemory;
import io.github.icthp.diffusion.vae.DecodeMemory;
import io.github.icthp.diffusion.vae.VaeConfig;
import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Tells beforehand what memory DRaFT-K needs under each {@link RolloutCheckpointing}, from shapes
 * alone: nothing is loaded or computed.
 *
 * <pre>{@code
 * MemoryPlanner planner = MemoryPlanner.of(Sd3Config.large(), VaeConfig.sd3(), DType.BFLOAT16);
 * planner.plans(DraftKConfig.paper()).forEach(System.out::println);
 * }</pre>
 *
 * <p>Counted are tensors that live at the same time. Not counted are the reward model, the prompts'
 * embeddings but those of one batch, the program itself, and what an allocator or a kernel takes
 * beyond what it is asked for: on a CPU, take a tenth and 100 MiB more.
 */
public final class MemoryPlanner {

    private static final int SD3_TEXT = 333;
    private static final int FLUX_TEXT = 512;
    private static final int CLIP_TEXT = 77;
    private static final int RGB = 3;

    /** Latents of which transformers make one token. */
    private static final int PATCH = 4;

    private final Model model;
    private final VaeConfig vae;
    private final DType type;
    private final Device device;
    private final long textTokens;

    /**
     * A denoiser, as far as memory is concerned.
     *
     * @param patch pixels of the latents that become one token
     * @param guided whether guidance is classifier-free: its batch is twice as large
     */
    private record Model(
            Map<String, Shape> weights,
            Map<String, LinearShape> linears,
            int channels,
            int tokenWidth,
            int patch,
            boolean guided,
            BiFunction<PassSize, LoraTargets, PassMemory> pass) {}

    private MemoryPlanner(Model model, VaeConfig vae, DType type, Device device, long textTokens) {
        this.model = model;
        this.vae = vae;
        this.type = type;
        this.device = device;
        this.textTokens = textTokens;
    }

    /**
     * Plans for SD3 or SD3.5 on a GPU, with 77 tokens of CLIP and 256 of T5.
     *
     * @param config the transformer's shape
     * @param vae the autoencoder's
     * @param type what both compute in
     * @return the planner
     */
    public static MemoryPlanner of(Sd3Config config, VaeConfig vae, DType type) {
        Model model =
                new Model(
                        Sd3Transformer.shapes(config),
                        Sd3Transformer.linears(config),
                        config.channels(),
                        config.tokenWidth(),
                        PATCH,
                        false,
                        (size, targets) -> Sd3Memory.of(config, size, targets::matches));
        return new MemoryPlanner(model, vae, type, Device.gpu(), SD3_TEXT);
    }

    /**
     * Plans for FLUX.1 on a GPU, with 512 tokens of T5.
     *
     * @param config the transformer's shape
     * @param vae the autoencoder's
     * @param type what both compute in
     * @return the planner
     */
    public static MemoryPlanner of(FluxConfig config, VaeConfig vae, DType type) {
        Model model =
                new Model(
                        FluxTransformer.shapes(config),
                        FluxTransformer.linears(config),
                        config.channels(),
                        config.tokenWidth(),
                        PATCH,
                        false,
                        (size, targets) -> FluxMemory.of(config, size, targets::matches));
        return new MemoryPlanner(model, vae, type, Device.gpu(), FLUX_TEXT);
    }

    /**
     * Plans for SD1.5, SD2 or SDXL on a GPU. With guidance, both halves of the batch are counted.
     *
     * @param config the UNet's shape
     * @param vae the autoencoder's
     * @param type what both compute in
     * @return the planner
     */
    public static MemoryPlanner of(UNetConfig config, VaeConfig vae, DType type) {
        Model model =
                new Model(
                        UNet.shapes(config),
                        UNet.linears(config),
                        config.channels(),
                        config.contextWidth(),
                        1,
                        true,
                        (size, targets) -> UNetMemory.of(config, size, targets::matches));
        return new MemoryPlanner(model, vae, type, Device.gpu(), CLIP_TEXT);
    }

    /**
     * Plans for a folder as diffusers writes it; only its configurations are read.
     *
     * @param folder the pipeline's folder
     * @param family its family
     * @param type what transformer and decoder compute in
     * @return the planner
     */
    public static MemoryPlanner of(Path folder, ModelFamily family, DType type) {
        Path denoiser = folder.resolve(family.denoiser()).resolve("config.json");
        VaeConfig vae = VaeConfig.read(folder.resolve("vae/config.json"));
        return switch (family) {
            case SD3 -> of(Sd3Config.read(denoiser), vae, type);
            case FLUX -> of(FluxConfig.read(denoiser), vae, type);
            case SD15, SDXL -> of(UNetConfig.read(denoiser), vae, type);
        };
    }

    /**
     * Plans for the parts of a pipeline, as they are set; only their configurations are read.
     *
     * @param parts what it is made of
     * @return the planner; empty if the parts do not come from a folder
     */
    public static Optional<MemoryPlanner> of(PipelineParts parts) {
        return parts.folder()
                .map(folder -> of(folder, parts.family(), parts.type()).on(parts.device()))
                .map(
                        planner ->
                                parts.textTokens().isPresent()
                                        ? planner.textTokens(parts.textTokens().getAsInt())
                                        : planner);
    }

    /**
     * Returns a planner for another device: on a CPU, float32 keeps more.
     *
     * @param value where it is computed
     * @return the planner
     */
    public MemoryPlanner on(Device value) {
        return new MemoryPlanner(model, vae, type, value, textTokens);
    }

    /**
     * Returns a planner for prompts of another length.
     *
     * @param value text tokens a prompt
     * @return the planner
     */
    public MemoryPlanner textTokens(long value) {
        return new MemoryPlanner(model, vae, type, device, value);
    }

    /**
     * Plans a run under every policy.
     *
     * @param config the run's settings
     * @return a plan for each {@link RolloutCheckpointing}
     */
    public List<MemoryPlan> plans(DraftKConfig config) {
        return Arrays.stream(RolloutCheckpointing.values())
                .map(policy -> plan(config.with(c -> c.checkpointing(policy))))
                .toList();
    }

    /**
     * Plans a run.
     *
     * @param config the run's settings
     * @return what it needs under its policy
     */
    public MemoryPlan plan(DraftKConfig config) {
        DraftKConfig.Sampling s = config.sampling();
        long bytes = type.bytes();
        long batch = config.optimizer().batchSize();
        long pixels = (long) s.width() * s.height();
        long latents = pixels / ((long) vae.factor() * vae.factor());
        boolean inputsKept = type == DType.FLOAT32 && !device.isGpu();
        long rows = model.guided() && s.guidance() > 1 ? 2 * batch : batch;
        PassSize size = new PassSize(rows, latents / model.patch(), textTokens, bytes, inputsKept);
        PassMemory pass = model.pass().apply(size, config.lora().targets());
        DecodeMemory decode = DecodeMemory.of(vae, batch, pixels, bytes);
        int k = differentiated(s.unrolling());
        long image = batch * pixels * RGB * Float.BYTES;
        long rollout =
                (k + 2) * batch * latents * model.channels() * bytes
                        + size.text(model.tokenWidth())
                        + s.steps() * pass.modulations();
        return new MemoryPlan(
                config.checkpointing(),
                k,
                weights() + decode.weights(),
                adapters(config),
                rollout,
                pass.passing()
                        + switch (config.checkpointing()) {
                            case NONE -> k * pass.graph();
                            case STEP -> pass.graph();
                            case BLOCK -> pass.blockwise();
                        },
                3 * image
                        + decode.passing()
                        + (config.checkpointing() == RolloutCheckpointing.BLOCK
                                ? decode.staged()
                                : decode.graph()));
    }

    private static int differentiated(Unrolling unrolling) {
        if (unrolling instanceof Unrolling.LastK last) {
            return last.k();
        }
        return unrolling instanceof Unrolling.RandomK random ? random.most() : 1;
    }

    private long weights() {
        return model.weights().values().stream().mapToLong(Shape::size).sum() * type.bytes();
    }

    /**
     * In float32: masters, their gradients, two moments, the average if there is one, and the
     * gradients of one rollout if those of several are summed.
     */
    private long adapters(DraftKConfig config) {
        LoraConfig lora = config.lora();
        int copies =
                4
                        + (config.optimizer().average() > 0 ? 1 : 0)
                        + (config.optimizer().accumulation() > 1 ? 1 : 0);
        long elements =
                model.linears().entrySet().stream()
                        .filter(linear -> lora.targets().matches(linear.getKey()))
                        .mapToLong(linear -> linear.getValue().in() + linear.getValue().out())
                        .sum();
        return elements * lora.rank() * Float.BYTES * copies;
    }
}
