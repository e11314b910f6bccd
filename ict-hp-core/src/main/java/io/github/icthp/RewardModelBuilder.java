package io.github.icthp;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.clip.ClipImageProcessor;
import io.github.icthp.clip.ClipTokenizer;
import io.github.icthp.clip.ImageDecoder;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.hub.DownloadListener;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.HubSettings;
import io.github.icthp.weights.hub.WeightLocator;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Builds a {@link RewardModel}; what is required and missing is named all at once. */
public final class RewardModelBuilder {

    private static final int DEFAULT_BATCH = 8;
    private static final int LARGEST_BATCH = 1024;

    private final RewardKind kind;
    private @Nullable String ict;
    private @Nullable String hp;
    private @Nullable String base;
    private @Nullable ClipArchitecture architecture;
    private @Nullable Hub hub;
    private Device device = Device.cpu();
    private Precision precision = Precision.AUTO;
    private int batch = DEFAULT_BATCH;
    private boolean openClipPrompts;
    private ImageDecoder decoder = ImageDecoder.standard();

    RewardModelBuilder(RewardKind kind) {
        this.kind = kind;
    }

    /**
     * Names ICT's weights.
     *
     * @param path a weights file, a folder that holds one, or the root of the released layout
     * @return this
     */
    public RewardModelBuilder ict(Path path) {
        return ict(path.toString());
    }

    /**
     * Names ICT's weights.
     *
     * @param name a path as {@link #ict(Path)} takes it, or a model of the hub such as {@code
     *     8y/ICT}, looked for in the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder ict(String name) {
        this.ict = name;
        return this;
    }

    /**
     * Names HP's weights.
     *
     * @param folder a folder with {@code hp_backbone} and {@code hp_scorer}, or the root of the
     *     released layout
     * @return this
     */
    public RewardModelBuilder hp(Path folder) {
        return hp(folder.toString());
    }

    /**
     * Names HP's weights.
     *
     * @param name a folder as {@link #hp(Path)} takes it, or a model of the hub such as {@code
     *     8y/HP}, looked for in the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder hp(String name) {
        this.hp = name;
        return this;
    }

    /**
     * Takes the small trained models that come with this library, which know a drawn world of
     * coloured shapes and nothing else.
     *
     * @return this
     * @see Miniature
     */
    public RewardModelBuilder miniature() {
        return ict(Miniature.ict()).hp(Miniature.hp());
    }

    /**
     * Names the folder of the base model's configuration and tokenizer, where they do not lie
     * beside the weights: {@code config.json} with {@code processor_config.json} or {@code
     * preprocessor_config.json}, or {@code open_clip_config.json}. Without any, weights in the
     * released layout are taken for LAION's ViT-H/14, which {@link ScoreProvenance#assumption}
     * says; others are refused, since published models of the same shapes differ.
     *
     * @param folder the folder
     * @return this
     */
    public RewardModelBuilder base(Path folder) {
        return base(folder.toString());
    }

    /**
     * Names the base model's folder.
     *
     * @param name a folder as {@link #base(Path)} takes it, or a model of the hub, looked for in
     *     the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder base(String name) {
        this.base = name;
        return this;
    }

    /**
     * Names the architecture of weights that no configuration lies beside: shape, activation and
     * image settings. It is taken in place of any configuration; a tokenizer is still looked for.
     *
     * @param architecture the architecture, for example {@code
     *     ClipArchitecture.of("ViT-B-32-quickgelu")}
     * @return this
     */
    public RewardModelBuilder architecture(ClipArchitecture architecture) {
        this.architecture = architecture;
        return this;
    }

    /**
     * Chooses where models of the hub come from. By default that is the local cache alone; {@code
     * Hub.ofEnvironment()} also downloads, as {@code HF_HOME}, {@code HF_TOKEN} and {@code
     * HF_HUB_OFFLINE} say.
     *
     * @param hub the hub
     * @return this
     */
    public RewardModelBuilder hub(Hub hub) {
        this.hub = hub;
        return this;
    }

    /**
     * Chooses where the networks run.
     *
     * @param device the device; the CPU by default
     * @return this
     */
    public RewardModelBuilder device(Device device) {
        this.device = device;
        return this;
    }

    /**
     * Chooses what the networks compute in.
     *
     * @param precision the precision; {@link Precision#AUTO} by default
     * @return this
     */
    public RewardModelBuilder precision(Precision precision) {
        this.precision = precision;
        return this;
    }

    /**
     * Sets how many images {@link RewardModel#scoreAll} and {@link RewardModel#rank} compute at
     * once. At 1 a score does not depend in any bit on what else is scored.
     *
     * @param images 1 to 1,024; 8 by default
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public RewardModelBuilder batch(int images) {
        Preconditions.checkArgument(
                images >= 1 && images <= LARGEST_BATCH,
                "RewardModel: batch must be in 1..%s, got %s",
                LARGEST_BATCH,
                images);
        this.batch = images;
        return this;
    }

    /**
     * Cleans prompts as open_clip does (broken encodings mended, HTML entities read) instead of as
     * transformers does. The released evaluation uses open_clip's tokens.
     *
     * @param openClip whether to
     * @return this
     */
    public RewardModelBuilder openClipPrompts(boolean openClip) {
        this.openClipPrompts = openClip;
        return this;
    }

    /**
     * Chooses how picture files are decoded: the largest picture that is taken, and whether the
     * camera's orientation is applied.
     *
     * @param decoder the decoder; {@link ImageDecoder#standard()}, which ignores orientation as the
     *     released evaluation does, unless said otherwise
     * @return this
     */
    public RewardModelBuilder decoder(ImageDecoder decoder) {
        this.decoder = decoder;
        return this;
    }

    /**
     * Loads the model.
     *
     * @return the model; close it to free its memory
     * @throws IllegalStateException if required weights were not named, or both a base and an
     *     architecture
     * @throws IllegalArgumentException if files are missing or do not belong together
     * @throws io.github.icthp.weights.hub.HubException if a model of the hub cannot be had
     * @throws io.github.icthp.weights.WeightsMismatchException if weights do not fit the model
     * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
     */
    public RewardModel build() {
        requireWeights();
        RewardFiles files =
                RewardFiles.find(
                        found(kind.usesIct() ? ict : null),
                        found(kind.usesHp() ? hp : null),
                        found(base),
                        Optional.ofNullable(architecture));
        Optional<ClipTokenizer> tokenizer =
                kind.usesIct()
                        ? Optional.of(files.settings().startTokenizer(openClipPrompts))
                        : Optional.empty();
        Precision chosen = precision.on(device);
        DType type = chosen.dtype();
        RewardNetwork network = load(files, type, tokenizer);
        return new RewardModel(
                kind,
                new Preprocessor(
                        ClipImageProcessor.of(files.settings().images()).withDecoder(decoder)),
                new Scorer(kind, network, tokenizer.map(t -> new PromptEncoder(network, t))),
                new GradientModel(kind, files, device, type, tokenizer),
                batch,
                provenance(files, chosen));
    }

    private RewardNetwork load(RewardFiles files, DType type, Optional<ClipTokenizer> tokenizer) {
        try {
            return RewardNetwork.loadForScoring(files, device, type);
        } catch (RuntimeException | Error e) {
            tokenizer.ifPresent(ClipTokenizer::close);
            throw e;
        }
    }

    private Optional<Path> found(@Nullable String name) {
        Hub source =
                hub != null
                        ? hub
                        : new Hub(
                                HubSettings.ofEnvironment().withOffline(true),
                                DownloadListener.NONE);
        return Optional.ofNullable(name).map(new WeightLocator(source)::find);
    }

    private void requireWeights() {
        List<String> missing = new ArrayList<>();
        if (kind.usesIct() && ict == null) {
            missing.add("ict(path) with ICT's weights");
        }
        if (kind.usesHp() && hp == null) {
            missing.add("hp(path) with HP's weights");
        }
        if (base != null && architecture != null) {
            throw new IllegalStateException(
                    "RewardModel: name a base or an architecture, got the base "
                            + base
                            + " and "
                            + architecture);
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "RewardModel."
                            + kind.name().toLowerCase(java.util.Locale.ROOT)
                            + "(): missing "
                            + String.join(" and ", missing));
        }
    }

    private ScoreProvenance provenance(RewardFiles files, Precision chosen) {
        return new ScoreProvenance(
                files.ict().map(Path::toString).orElse(""),
                files.hp().map(h -> h.backbone().toString()).orElse(""),
                chosen,
                device.toString(),
                "CLIPImageProcessor, Pillow's bicubic"
                        + (decoder.appliesExifOrientation() ? ", EXIF orientation" : ""),
                openClipPrompts ? "open_clip" : "transformers",
                files.settings().origin(),
                files.settings().assumption(),
                "ict-hp " + version() + ", PyTorch " + Torch.version());
    }

    private static String version() {
        String version = RewardModel.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
