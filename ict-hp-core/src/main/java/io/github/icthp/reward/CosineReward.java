package io.github.icthp.reward;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize.ShortestEdge;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Scorers that are the cosine of one CLIP model's picture and text features on a scale of their
 * own: plain CLIP, PickScore and HPS v2. Shapes: U pictures, B pairs.
 */
public final class CosineReward implements RewardDefinition {

    private final RewardKind kind;

    /** HPS v2's pictures; without it, pictures are prepared as the model's own processor says. */
    private final Optional<HpsResize> longestEdge;

    private CosineReward(RewardKind kind, Optional<HpsResize> longestEdge) {
        this.kind = kind;
        this.longestEdge = longestEdge;
    }

    /**
     * Plain CLIP of any backbone.
     *
     * @param scale the cosine itself, 100 x max(cosine, 0) as torchmetrics has it for one pair, or
     *     2.5 x max(cosine, 0) as CLIPScore is defined
     * @return the definition
     * @throws IllegalArgumentException if the scale is another
     */
    public static CosineReward clip(ScoreScale scale) {
        switch (scale) {
            case COSINE, CLIP_SCORE_100, CLIP_SCORE_2_5 -> {
                return new CosineReward(RewardKind.clip(scale), Optional.empty());
            }
            default ->
                    throw new IllegalArgumentException(
                            "RewardModel.clip: expected COSINE, CLIP_SCORE_100 or CLIP_SCORE_2_5,"
                                    + " got "
                                    + scale);
        }
    }

    /**
     * PickScore: exp(logit scale) x cosine, with the processor of laion's CLIP ViT-H/14.
     *
     * @return the definition
     */
    public static CosineReward pickScore() {
        return new CosineReward(RewardKind.PICK_SCORE, Optional.empty());
    }

    /**
     * HPS v2.0 and v2.1, which differ in their weights alone: the plain cosine, open_clip's tokens,
     * and pictures whose longest edge is resized (with antialiasing, as torchvision 0.17 and later
     * do) and that are padded with black.
     *
     * @return the definition
     */
    public static CosineReward hps() {
        return hps(HpsResize.ANTIALIAS);
    }

    /**
     * HPS v2.0 and v2.1 with a named resize.
     *
     * @param resize what the authors' code leaves to the version of torchvision
     * @return the definition
     */
    public static CosineReward hps(HpsResize resize) {
        return new CosineReward(RewardKind.HPS, Optional.of(resize));
    }

    @Override
    public RewardKind kind() {
        return kind;
    }

    @Override
    public List<String> requires() {
        return List.of(RewardSources.WEIGHTS);
    }

    @Override
    public Found find(RewardSources sources) {
        Path named = ClipSettings.weights(sources.required(RewardSources.WEIGHTS));
        Path file = Checkpoint.locate(named, kind.name(), published());
        try (Weights weights = Weights.open(file)) {
            Checkpoint.require(weights, kind.name(), published());
        }
        Optional<Path> base = sources.part(RewardSources.BASE);
        ClipSettings settings =
                ClipSettings.find(List.of(file), base, sources.architecture(), backbone());
        if (backbone().isEmpty()) {
            return new Files(this, file, settings, sources, "");
        }
        String trusted = CheckpointNames.require(file, kind);
        requireImages(settings);
        return new Files(this, file, settings, sources, trusted);
    }

    /**
     * Published scorers have one preprocessing; image settings that ask for another are not theirs.
     */
    private void requireImages(ClipSettings settings) {
        ImageConfig images = settings.images();
        boolean own =
                images.mean().equals(ImageConfig.OPENAI_MEAN)
                        && images.std().equals(ImageConfig.OPENAI_STD)
                        && (longestEdge.isPresent() || images.resize() instanceof ShortestEdge);
        if (!own) {
            throw new IllegalArgumentException(
                    "RewardModel of "
                            + kind.name()
                            + ": expected OpenAI's mean and std"
                            + (longestEdge.isPresent() ? "" : ", shortest edge and center crop")
                            + ", but "
                            + settings.origin()
                            + " is another model's with "
                            + images.resize()
                            + ", mean "
                            + images.mean()
                            + ", std "
                            + images.std()
                            + "; name this scorer's own weights, or put its own settings beside"
                            + " them");
        }
    }

    /**
     * No tensor but the layout tells PickScore from HPS v2: both are fine-tuned ViT-H/14. Names may
     * tell more, see {@link CheckpointNames}.
     */
    private Checkpoint[] published() {
        if (kind.equals(RewardKind.PICK_SCORE)) {
            return new Checkpoint[] {Checkpoint.CLIP};
        }
        return kind.equals(RewardKind.HPS)
                ? new Checkpoint[] {Checkpoint.OPEN_CLIP}
                : new Checkpoint[] {Checkpoint.CLIP, Checkpoint.OPEN_CLIP};
    }

    /** What is published of a scorer has one backbone, whose files often lie elsewhere. */
    private Optional<ClipArchitecture> backbone() {
        return kind.equals(RewardKind.PICK_SCORE) || kind.equals(RewardKind.HPS)
                ? Optional.of(ClipArchitecture.VIT_H_14)
                : Optional.empty();
    }

    private record Files(
            CosineReward reward,
            Path file,
            ClipSettings settings,
            RewardSources sources,
            String trusted)
            implements Found {

        @Override
        public RewardOrigin origin() {
            return new RewardOrigin(
                    Map.of(RewardSources.WEIGHTS, file.toString()),
                    pictures().description(),
                    ClipShaped.cleaning(openClip()),
                    settings.config().positions(),
                    settings.origin(),
                    Stream.of(settings.assumption(), trusted)
                            .filter(words -> !words.isEmpty())
                            .collect(Collectors.joining("; ")));
        }

        private boolean openClip() {
            return sources.openClipPrompts() || reward.longestEdge.isPresent();
        }

        @Override
        public PicturePreparation pictures() {
            return reward.longestEdge.isEmpty()
                    ? ClipShaped.pictures(settings, sources)
                    : LongestEdgePreparation.of(
                            settings.images(), sources.decoder(), reward.longestEdge.get());
        }

        @Override
        public Optional<VisionSource> visionTower() {
            return Optional.of(
                    ClipShaped.vision(file, settings, reward.kind.name() + " of " + file));
        }

        @Override
        public ScoringNetwork load(Device device, DType type, Use use) {
            ClipTowers towers =
                    ClipTowers.both(
                            file,
                            Optional.of(settings.startTokenizer(openClip())),
                            new Loading(settings, device, type, use));
            return new Network(towers, factor(towers), clamped(), preparation());
        }

        private double factor(ClipTowers towers) {
            return switch (reward.kind.scale()) {
                case SCALED_COSINE -> towers.logitScale();
                case CLIP_SCORE_100 -> 100;
                case CLIP_SCORE_2_5 -> 2.5;
                default -> 1;
            };
        }

        private boolean clamped() {
            return reward.kind.scale().least() == 0;
        }

        private DifferentiablePreparation preparation() {
            return reward.longestEdge
                    .map(resize -> DifferentiablePreparation.longestEdge(settings.images(), resize))
                    .orElseGet(() -> DifferentiablePreparation.of(settings.images()));
        }
    }

    private record Network(
            ClipTowers towers,
            double factor,
            boolean clamped,
            DifferentiablePreparation preparation)
            implements ScoringNetwork {

        @Override
        public Device device() {
            return towers.device();
        }

        @Override
        public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
            NDArray features = ClipTowers.select(towers.features(pictures), picture);
            return ClipTowers.rows(scaled(ClipTowers.cosine(features, towers.prompts(prompts))));
        }

        @Override
        public NDArray reward(NDArray pixels, List<String> prompts) {
            return StagedPass.through(stages(prompts), List.of(pixels), List.of()).get(0);
        }

        @Override
        public List<Stage> stages(List<String> prompts) {
            NDArray texts = towers.prompts(prompts);
            return ClipShaped.stages(
                    preparation, towers, features -> scaled(ClipTowers.cosine(features, texts)));
        }

        private NDArray scaled(NDArray cosine) {
            return ClipTowers.PROGRAM.call("scaled", cosine, factor, clamped);
        }

        @Override
        public int unreadTokens(String prompt) {
            return towers.unreadTokens(prompt);
        }

        @Override
        public double[] promptCosines(List<String> first, List<String> second) {
            return towers.promptCosines(first, second);
        }

        @Override
        public void close() {
            towers.close();
        }
    }
}
