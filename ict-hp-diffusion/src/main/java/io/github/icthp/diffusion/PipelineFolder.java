package io.github.icthp.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.base.Suppliers;

import io.github.icthp.diffusion.lora.AdaptableLayers;
import io.github.icthp.diffusion.lora.TextEncoderAdapters;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.text.ClipPromptEncoder;
import io.github.icthp.diffusion.text.ClipTextConfig;
import io.github.icthp.diffusion.text.ClipTextEncoder;
import io.github.icthp.diffusion.text.PromptEncoder;
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
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Files;
import java.nio.file.Path;
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

    private static final String TEXT_ENCODER = "text_encoder";

    private final PipelineBuilder settings;
    private final Path folder;
    private final ConfigFile index;
    private final ModelFamily family;
    private final PipelineWeights weights;
    private final FamilyFolder own;
    private final Scheduler scheduler;
    private final Supplier<PipelineShape> shape;

    PipelineFolder(PipelineBuilder settings) {
        this.settings = settings;
        this.folder = settings.folder();
        this.index = index(folder);
        this.family = ModelFamily.of(index.text("_class_name", ""), index.source());
        this.own = FamilyFolder.of(this);
        this.shape = Suppliers.memoize(own::shape);
        requireNoSampler();
        this.scheduler = own.scheduler();
        settings.tiling().ifPresent(tiling -> tiling.requireWhole(vae().factor()));
        Preconditions.checkArgument(
                settings.checkpoint().isEmpty() || family.denoiser().equals("unet"),
                "DiffusionPipeline: checkpoint is for SD1.5 and SDXL, and %s is %s; name its"
                        + " transformer's file instead",
                folder,
                family.title());
        denoiserFile().ifPresent(file -> TransformerFile.check(file, family, own));
        this.weights = new PipelineWeights(folder, settings.variant(), parts());
        this.weights.check();
    }

    private void requireNoSampler() {
        boolean noise = family == ModelFamily.SD15 || family == ModelFamily.SDXL;
        Preconditions.checkArgument(
                noise || (settings.scheduler().isEmpty() && settings.eta() == 0),
                "DiffusionPipeline: %s is a model of %s, which is sampled by flow matching alone;"
                        + " leave out scheduler and eta",
                folder,
                family.title());
    }

    /** The parts with weights that are read. */
    private List<String> parts() {
        return PipelineWeights.PARTS.stream()
                .filter(part -> !isLeftOut(part))
                .filter(part -> settings.usesT5() || !part.equals("text_encoder_3"))
                .filter(part -> denoiserFile().isEmpty() || !part.equals(family.denoiser()))
                .filter(part -> settings.checkpoint().isEmpty())
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
        return denoiserFile().map(file -> name + " with " + nameOf(file)).orElse(name);
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
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public Optional<String> sampling() {
        return own.sampling();
    }

    @Override
    public int side() {
        int sample = ConfigFile.read(denoiserConfig()).integer("sample_size", DEFAULT_SAMPLE);
        return sample * vae().factor();
    }

    @Override
    public Optional<PipelineShape> shape() {
        return Optional.of(shape.get());
    }

    VaeConfig vae() {
        return VaeConfig.read(folder.resolve("vae/config.json"));
    }

    Path denoiserConfig() {
        return folder.resolve(family.denoiser()).resolve("config.json");
    }

    Path schedulerConfig() {
        return folder.resolve("scheduler/scheduler_config.json");
    }

    PipelineBuilder settings() {
        return settings;
    }

    ConfigFile index() {
        return index;
    }

    @Override
    public Optional<Path> folder() {
        return Optional.of(folder);
    }

    @Override
    public OptionalInt textTokens() {
        return OptionalInt.of(own.textTokens());
    }

    @Override
    public PromptEncoder loadPromptEncoder() {
        try (Opening opening = new Opening()) {
            PromptEncoder encoder = own.prompts(opening);
            opening.succeeded();
            return encoder;
        }
    }

    boolean isThere(String part) {
        return index.has(part) && !isLeftOut(part);
    }

    /** A part that a pipeline was saved without stands in its index as {@code [null, null]}. */
    private boolean isLeftOut(String part) {
        return index.has(part) && index.texts(part).contains("");
    }

    ClipPromptEncoder clip(String suffix) {
        return ClipPromptEncoder.load(
                folder.resolve("tokenizer" + suffix), () -> clipEncoder(TEXT_ENCODER + suffix));
    }

    private ClipTextEncoder clipEncoder(String part) {
        Path config = folder.resolve(part).resolve("config.json");
        if (!isAdapted(part)) {
            try (Weights plain = open(part)) {
                return ClipTextEncoder.load(plain, config, device(), type());
            }
        }
        try (TextEncoderAdapters adapters = adaptersOf(part);
                Weights adapted = adapters.on(open(part))) {
            return ClipTextEncoder.load(adapted, config, device(), type());
        }
    }

    /** Opens a part's weights: in its folder, or in the file that holds the whole model. */
    private Weights open(String part) {
        if (settings.checkpoint().isEmpty()) {
            return Weights.openModel(weights.file(part));
        }
        Weights whole = Weights.openModel(settings.checkpoint().get());
        try {
            return part.equals("vae") ? SingleFile.vae(whole) : SingleFile.text(whole, part);
        } catch (RuntimeException e) {
            whole.close();
            throw e;
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
        own.textEncoders()
                .forEach(
                        (part, projected) -> {
                            Path config = folder.resolve(part).resolve("config.json");
                            if (Files.isRegularFile(config)) {
                                encoders.put(
                                        part, ClipTextConfig.read(config, projected).linears());
                            }
                        });
        return new AdaptableLayers(shape.get().linears(), encoders);
    }

    T5PromptEncoder t5(String suffix) {
        return T5PromptEncoder.load(
                folder.resolve("tokenizer" + suffix),
                weights.file("text_encoder" + suffix),
                device(),
                type() == DType.FLOAT16 ? DType.BFLOAT16 : type());
    }

    @Override
    public Denoiser loadTransformer() {
        try (Weights weights = Weights.openModel(transformerWeights())) {
            return own.load(weights, device(), type());
        }
    }

    private Path transformerWeights() {
        return denoiserFile().orElseGet(() -> weights.file(family.denoiser()));
    }

    /** The file, outside the folder, that the denoiser is taken from. */
    private Optional<Path> denoiserFile() {
        return settings.transformer().or(settings::checkpoint);
    }

    @Override
    public LatentCodec loadCodec() {
        try (Opening opening = new Opening();
                Weights stored = open("vae")) {
            AutoencoderKl vae =
                    opening.add(() -> AutoencoderKl.load(stored, vae(), device(), codecType()));
            LatentCodec codec =
                    settings.tiling()
                            .<LatentCodec>map(tiling -> new TiledCodec(vae, tiling))
                            .orElse(vae);
            opening.succeeded();
            return codec;
        }
    }

    /** SDXL's autoencoder overflows float16. */
    private DType codecType() {
        boolean upcast =
                family == ModelFamily.SDXL
                        && ConfigFile.read(folder.resolve("vae/config.json"))
                                .flag("force_upcast", true);
        return upcast && type() == DType.FLOAT16 ? DType.FLOAT32 : type();
    }

    @Override
    public void saveFrozen(Path target) {
        Preconditions.checkState(
                settings.checkpoint().isEmpty(),
                "DiffusionPipeline.save: %s is read from one file, %s, which cannot be written as a"
                        + " folder; open a folder as diffusers writes it",
                name(),
                settings.checkpoint().orElse(folder));
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
                Weights weights = adapters.on(open(part))) {
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
        return file.startsWith(folder.resolve(family.denoiser())) && !file.equals(denoiserConfig());
    }

    @Override
    public Map<String, String> weightHashes() {
        Map<String, String> hashes = new TreeMap<>();
        for (String part : index.names()) {
            Optional<Path> file =
                    part.equals(family.denoiser()) ? settings.transformer() : Optional.empty();
            Path path = file.orElse(folder.resolve(part));
            if (Files.isDirectory(path) || file.isPresent()) {
                hashes.put(part, WeightHashes.sha256(path));
            }
        }
        settings.checkpoint()
                .ifPresent(
                        file -> {
                            hashes.clear();
                            hashes.put("checkpoint", WeightHashes.sha256(file));
                        });
        settings.variant().ifPresent(name -> hashes.put("variant", name));
        return hashes;
    }
}
