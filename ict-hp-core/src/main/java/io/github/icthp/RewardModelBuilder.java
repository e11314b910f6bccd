package io.github.icthp;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.reward.RewardOrigin;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.hub.DownloadListener;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.HubSettings;
import io.github.icthp.weights.hub.WeightLocator;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds a {@link RewardModel}; what is required and missing is named all at once. */
public final class RewardModelBuilder {

    private static final int DEFAULT_BATCH = 8;
    private static final int LARGEST_BATCH = 1024;

    private final RewardDefinition definition;
    private final Map<String, String> parts = new LinkedHashMap<>();
    private @Nullable ClipArchitecture architecture;
    private @Nullable Hub hub;
    private Device device = Device.cpu();
    private Precision precision = Precision.AUTO;
    private int batch = DEFAULT_BATCH;
    private boolean openClipPrompts;
    private ImageDecoder decoder = ImageDecoder.standard();

    RewardModelBuilder(RewardDefinition definition) {
        this.definition = definition;
    }

    /**
     * Sets the location of the ICT weights.
     *
     * @param path a weights file, a folder that holds one, or the root of the released layout
     * @return this
     */
    public RewardModelBuilder ict(Path path) {
        return ict(path.toString());
    }

    /**
     * Sets the location of the ICT weights.
     *
     * @param name a path as {@link #ict(Path)} takes it, or a model of the hub such as {@code
     *     8y/ICT}, looked for in the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder ict(String name) {
        return part(RewardSources.ICT, name);
    }

    /**
     * Sets the location of the HP weights.
     *
     * @param folder a folder with {@code hp_backbone} and {@code hp_scorer}, or the root of the
     *     released layout
     * @return this
     */
    public RewardModelBuilder hp(Path folder) {
        return hp(folder.toString());
    }

    /**
     * Sets the location of the HP weights.
     *
     * @param name a folder as {@link #hp(Path)} takes it, or a model of the hub such as {@code
     *     8y/HP}, looked for in the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder hp(String name) {
        return part(RewardSources.HP, name);
    }

    /**
     * Sets the location of the weights of a scorer that has one model: CLIP, PickScore, HPS, ITM,
     * ImageReward, and the backbone of the aesthetic predictor.
     *
     * @param path a weights file, or a folder that holds one
     * @return this
     */
    public RewardModelBuilder weights(Path path) {
        return weights(path.toString());
    }

    /**
     * Sets the location of the weights of a scorer that has one model.
     *
     * @param name a path as {@link #weights(Path)} takes it, or a model of the hub, looked for in
     *     the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder weights(String name) {
        return part(RewardSources.WEIGHTS, name);
    }

    /**
     * Sets the location of a head that lies apart from its backbone, as the aesthetic predictor's.
     *
     * @param path a weights file
     * @return this
     */
    public RewardModelBuilder head(Path path) {
        return part(RewardSources.HEAD, path.toString());
    }

    /**
     * Sets the location of any part that a definition of one's own requires.
     *
     * @param part the part's name
     * @param name a path, or a model of the hub, looked for in the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder part(String part, String name) {
        parts.put(part, name);
        return this;
    }

    /**
     * Takes the small trained models that come with this library, which know a drawn world of
     * colored shapes and nothing else.
     *
     * @return this
     * @see Miniature
     */
    public RewardModelBuilder miniature() {
        return ict(Miniature.ict()).hp(Miniature.hp());
    }

    /**
     * Sets the folder of the base model's configuration and tokenizer, where they do not lie beside
     * the weights: {@code config.json} with {@code processor_config.json} or {@code
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
     * Sets the base model's folder.
     *
     * @param name a folder as {@link #base(Path)} takes it, or a model of the hub, looked for in
     *     the local cache; see {@link #hub}
     * @return this
     */
    public RewardModelBuilder base(String name) {
        return part(RewardSources.BASE, name);
    }

    /**
     * Sets the architecture of weights that no configuration lies beside: shape, activation and
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
        requireParts();
        RewardDefinition.Found found = definition.find(sources());
        Precision chosen = precision.on(device);
        DType type = chosen.dtype();
        PicturePreparation pictures = found.pictures();
        ScoringNetwork network = found.load(device, type, Use.SCORING);
        return new RewardModel(
                definition.kind(),
                new Preprocessor(pictures),
                new Scorer(definition.kind().parts(), network, pictures.side()),
                new GradientModel(() -> found.load(device, type, Use.GRADIENTS)),
                batch,
                provenance(found.origin(), chosen),
                found.visionTower());
    }

    private RewardSources sources() {
        Map<String, Path> paths = new LinkedHashMap<>();
        parts.forEach(
                (part, name) -> {
                    if (definition.requires().contains(part) || part.equals(RewardSources.BASE)) {
                        paths.put(part, located(name));
                    }
                });
        return new RewardSources(
                paths, Optional.ofNullable(architecture), decoder, openClipPrompts);
    }

    private Path located(String name) {
        Hub source =
                hub != null
                        ? hub
                        : new Hub(
                                HubSettings.ofEnvironment().withOffline(true),
                                DownloadListener.NONE);
        return new WeightLocator(source).find(name);
    }

    private void requireParts() {
        List<String> missing =
                definition.requires().stream()
                        .filter(part -> !parts.containsKey(part))
                        .map(part -> "." + part + "(path)")
                        .toList();
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "RewardModel of "
                            + definition.kind().name()
                            + ": the location of weights is missing: call "
                            + String.join(" and ", missing));
        }
        if (parts.containsKey(RewardSources.BASE) && architecture != null) {
            throw new IllegalStateException(
                    "RewardModel: name a base or an architecture, got the base "
                            + parts.get(RewardSources.BASE)
                            + " and "
                            + architecture);
        }
    }

    private ScoreProvenance provenance(RewardOrigin origin, Precision chosen) {
        return new ScoreProvenance(
                origin.weights(),
                chosen,
                device.toString(),
                origin.pictures(),
                origin.prompts(),
                origin.textLength(),
                origin.settings(),
                origin.assumption(),
                versions());
    }

    static String versions() {
        return "ict-hp " + version() + ", PyTorch " + Torch.version();
    }

    private static String version() {
        String version = RewardModel.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
