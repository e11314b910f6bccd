package io.github.icthp.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.base.Suppliers;

import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.lora.AdaptableLayers;
import io.github.icthp.diffusion.lora.TextEncoderAdapters;
import io.github.icthp.diffusion.model.DiffusionTransformer;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.text.ClipPromptEncoder;
import io.github.icthp.diffusion.text.ClipTextConfig;
import io.github.icthp.diffusion.text.ClipTextEncoder;
import io.github.icthp.diffusion.text.FluxPromptEncoder;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.text.Sd3PromptEncoder;
import io.github.icthp.diffusion.text.T5PromptEncoder;
import io.github.icthp.diffusion.vae.AutoencoderKl;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.diffusion.vae.TiledCodec;
import io.github.icthp.diffusion.vae.VaeConfig;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.WeightHashes;
import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.ElementType;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The parts of a pipeline in a folder as diffusers writes it, with {@code model_index.json}. */
final class PipelineFolder implements PipelineParts {

    /** The latents' side that diffusers assumes where a transformer's config names none. */
    private static final int DEFAULT_SAMPLE = 128;

    /** FLUX.1-schnell was distilled with shorter prompts than FLUX.1-dev. */
    private static final int UNGUIDED_FLUX_LENGTH = 256;

    private static final String TEXT_ENCODER = "text_encoder";

    /** SD3's prompts are as many tokens of CLIP, and then T5's. */
    private static final int CLIP_TOKENS = 77;

    private final PipelineBuilder settings;
    private final Path folder;
    private final ConfigFile index;
    private final ModelFamily family;
    private final PipelineWeights weights;
    private final FlowMatchEulerScheduler scheduler;
    private final Supplier<PipelineShape> shape = Suppliers.memoize(this::readShape);

    PipelineFolder(PipelineBuilder settings) {
        this.settings = settings;
        this.folder = settings.folder();
        this.index = index(folder);
        this.family = ModelFamily.of(index.text("_class_name", ""), index.source());
        Preconditions.checkArgument(
                family == ModelFamily.SD3 || settings.usesT5(),
                "DiffusionPipeline: %s is a FLUX model, which cannot do without T5; only SD3 can",
                folder);
        Path config = folder.resolve("scheduler/scheduler_config.json");
        this.scheduler = new FlowMatchEulerScheduler(FlowMatchConfig.read(config));
        settings.tiling().ifPresent(tiling -> tiling.requireWhole(vae().factor()));
        settings.transformer()
                .ifPresent(file -> TransformerFile.check(file, family, transformerConfig()));
        this.weights = new PipelineWeights(folder, settings.variant(), parts());
        this.weights.check();
    }

    /** The parts with weights that are read. */
    private List<String> parts() {
        return PipelineWeights.PARTS.stream()
                .filter(part -> !isLeftOut(part))
                .filter(part -> settings.usesT5() || !part.equals("text_encoder_3"))
                .filter(part -> settings.transformer().isEmpty() || !part.equals("transformer"))
                .toList();
    }

    private static ConfigFile index(Path folder) {
        Path index = folder.resolve("model_index.json");
        if (!Files.isRegularFile(index)) {
            throw new WeightsFormatException(
                    "DiffusionPipeline: expected a folder as diffusers writes it, with"
                            + " model_index.json; there is no "
                            + index);
        }
        return ConfigFile.read(index);
    }

    @Override
    public String name() {
        String name = nameOf(folder);
        return settings.transformer().map(file -> name + " with " + nameOf(file)).orElse(name);
    }

    private static String nameOf(Path path) {
        return path.toAbsolutePath().normalize().getFileName().toString();
    }

    @Override
    public ModelFamily family() {
        return family;
    }

    @Override
    public Device device() {
        return settings.device();
    }

    @Override
    public DType type() {
        return settings.precision().dtype();
    }

    @Override
    public FlowMatchEulerScheduler scheduler() {
        return scheduler;
    }

    @Override
    public int side() {
        int sample = ConfigFile.read(transformerConfig()).integer("sample_size", DEFAULT_SAMPLE);
        return sample * vae().factor();
    }

    @Override
    public Optional<PipelineShape> shape() {
        return Optional.of(shape.get());
    }

    private PipelineShape readShape() {
        int factor = vae().factor();
        int unit = factor * ModelFamily.PATCH;
        return switch (family) {
            case SD3 -> {
                Sd3Config config = Sd3Config.read(transformerConfig());
                int longest = config.positionSide() * config.patch() * factor;
                yield new PipelineShape(unit, longest, false, Sd3Transformer.linears(config));
            }
            case FLUX -> {
                FluxConfig config = FluxConfig.read(transformerConfig());
                yield new PipelineShape(
                        unit,
                        PipelineShape.UNLIMITED,
                        config.guided(),
                        FluxTransformer.linears(config));
            }
        };
    }

    private VaeConfig vae() {
        return VaeConfig.read(folder.resolve("vae/config.json"));
    }

    private Path transformerConfig() {
        return folder.resolve("transformer/config.json");
    }

    @Override
    public Optional<Path> folder() {
        return Optional.of(folder);
    }

    @Override
    public OptionalInt textTokens() {
        return OptionalInt.of(
                family == ModelFamily.FLUX ? fluxLength() : CLIP_TOKENS + sd3Options().length());
    }

    @Override
    public PromptEncoder loadPromptEncoder() {
        try (Opening opening = new Opening()) {
            PromptEncoder encoder =
                    family == ModelFamily.FLUX ? fluxPrompts(opening) : sd3Prompts(opening);
            opening.succeeded();
            return encoder;
        }
    }

    private PromptEncoder fluxPrompts(Opening opening) {
        return new FluxPromptEncoder(
                opening.add(() -> clip("")), opening.add(() -> t5("_2")), fluxLength());
    }

    private int fluxLength() {
        boolean guided = FluxConfig.read(transformerConfig()).guided();
        return settings.textLength()
                .orElse(guided ? FluxPromptEncoder.DEFAULT_LENGTH : UNGUIDED_FLUX_LENGTH);
    }

    private Sd3PromptEncoder.Options sd3Options() {
        int standard = Sd3PromptEncoder.Options.DEFAULT.length();
        return new Sd3PromptEncoder.Options(
                settings.textLength().orElse(standard), settings.clipSkip());
    }

    private PromptEncoder sd3Prompts(Opening opening) {
        Sd3PromptEncoder.Options options = sd3Options();
        ClipPromptEncoder first = opening.add(() -> clip(""));
        ClipPromptEncoder second = opening.add(() -> clip("_2"));
        if (settings.usesT5() && isThere("text_encoder_3")) {
            return Sd3PromptEncoder.of(first, second, opening.add(() -> t5("_3")), options);
        }
        int width = Sd3Config.read(transformerConfig()).tokenWidth();
        return Sd3PromptEncoder.withoutT5(first, second, width, options);
    }

    private boolean isThere(String part) {
        return index.has(part) && !isLeftOut(part);
    }

    /** A part that a pipeline was saved without stands in its index as {@code [null, null]}. */
    private boolean isLeftOut(String part) {
        return index.has(part) && index.texts(part).contains("");
    }

    private ClipPromptEncoder clip(String suffix) {
        return ClipPromptEncoder.load(
                folder.resolve("tokenizer" + suffix), () -> clipEncoder(TEXT_ENCODER + suffix));
    }

    private ClipTextEncoder clipEncoder(String part) {
        Path encoder = weights.file(part);
        if (!isAdapted(part)) {
            return ClipTextEncoder.load(encoder, device(), type());
        }
        try (TextEncoderAdapters adapters = adaptersOf(part)) {
            return ClipTextEncoder.load(encoder, device(), type(), adapters::on);
        }
    }

    private TextEncoderAdapters adaptersOf(String part) {
        return settings.adapter().orElseThrow().of(part, layers());
    }

    private boolean isAdapted(String part) {
        return settings.adapter().filter(file -> file.adapts(part, layers())).isPresent();
    }

    /** The layers that an adapter file can be for; diffusers adapts no T5 either. */
    AdaptableLayers layers() {
        Map<String, Map<String, LinearShape>> encoders = new TreeMap<>();
        List<String> clips =
                family == ModelFamily.FLUX
                        ? List.of(TEXT_ENCODER)
                        : List.of(TEXT_ENCODER, TEXT_ENCODER + "_2");
        for (String part : clips) {
            Path config = folder.resolve(part).resolve("config.json");
            if (Files.isRegularFile(config)) {
                boolean projected = family == ModelFamily.SD3;
                encoders.put(part, ClipTextConfig.read(config, projected).linears());
            }
        }
        return new AdaptableLayers(shape.get().linears(), encoders);
    }

    private T5PromptEncoder t5(String suffix) {
        return T5PromptEncoder.load(
                folder.resolve("tokenizer" + suffix),
                weights.file("text_encoder" + suffix),
                device(),
                type() == DType.FLOAT16 ? DType.BFLOAT16 : type());
    }

    @Override
    public DiffusionTransformer loadTransformer() {
        try (Weights weights = Weights.openModel(transformerWeights())) {
            return switch (family) {
                case SD3 -> {
                    Sd3Config config = Sd3Config.read(transformerConfig());
                    yield Sd3Transformer.load(config, weights, device(), type(), Memory.MAPPED);
                }
                case FLUX -> {
                    FluxConfig config = FluxConfig.read(transformerConfig());
                    yield FluxTransformer.load(config, weights, device(), type(), Memory.MAPPED);
                }
            };
        }
    }

    private Path transformerWeights() {
        return settings.transformer().orElseGet(() -> weights.file("transformer"));
    }

    @Override
    public LatentCodec loadCodec() {
        try (Opening opening = new Opening()) {
            AutoencoderKl vae =
                    opening.add(() -> AutoencoderKl.load(weights.file("vae"), device(), type()));
            LatentCodec codec =
                    settings.tiling()
                            .<LatentCodec>map(tiling -> new TiledCodec(vae, tiling))
                            .orElse(vae);
            opening.succeeded();
            return codec;
        }
    }

    @Override
    public void saveFrozen(Path target) {
        List<String> adapted =
                settings.adapter().isEmpty()
                        ? List.of()
                        : layers().textEncoders().keySet().stream()
                                .filter(this::isAdapted)
                                .toList();
        weights.copy(target, file -> !isTransformerWeights(file) && !isWeightsOf(adapted, file));
        adapted.forEach(part -> saveAdapted(part, target.resolve(part)));
    }

    private boolean isWeightsOf(List<String> encoders, Path file) {
        return encoders.stream().map(folder::resolve).anyMatch(file::startsWith)
                && !file.endsWith("config.json");
    }

    /** Writes a text encoder with its adapters fused into its weights, in the pipeline's type. */
    private void saveAdapted(String part, Path target) {
        try (TextEncoderAdapters adapters = adaptersOf(part);
                Weights weights = adapters.on(Weights.openModel(this.weights.file(part)))) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        Map<String, NDArray> tensors = new TreeMap<>();
                        for (String name : weights.names()) {
                            NDArray stored = TensorReader.read(weights, name);
                            boolean changed = weights.info(name).type() == ElementType.F32;
                            tensors.put(name, changed ? Tensors.cast(stored, type()) : stored);
                        }
                        SafetensorsWriter.write(
                                target.resolve("model.safetensors"),
                                tensors,
                                Map.of("format", "pt"));
                    });
        }
    }

    private boolean isTransformerWeights(Path file) {
        return file.startsWith(folder.resolve("transformer")) && !file.equals(transformerConfig());
    }

    @Override
    public Map<String, String> weightHashes() {
        Map<String, String> hashes = new TreeMap<>();
        for (String part : index.names()) {
            Optional<Path> file =
                    part.equals("transformer") ? settings.transformer() : Optional.empty();
            Path path = file.orElse(folder.resolve(part));
            if (Files.isDirectory(path) || file.isPresent()) {
                hashes.put(part, WeightHashes.sha256(path));
            }
        }
        settings.variant().ifPresent(name -> hashes.put("variant", name));
        return hashes;
    }

    /** Closes what was opened, unless all of it was. */
    private static final class Opening implements AutoCloseable {

        private final Deque<AutoCloseable> opened = new ArrayDeque<>();

        <T extends AutoCloseable> T add(Supplier<T> open) {
            T part = open.get();
            opened.push(part);
            return part;
        }

        void succeeded() {
            opened.clear();
        }

        @Override
        public void close() {
            for (AutoCloseable part : opened) {
                try {
                    part.close();
                } catch (Exception e) {
                    throw new IllegalStateException("DiffusionPipeline: closing failed", e);
                }
            }
        }
    }
}
