package io.github.icthp.reward;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipSettings;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The LAION aesthetic predictor: five linear layers without activations, so one affine map, over
 * the feature of CLIP ViT-L/14 divided by its L2 norm. Shapes: U pictures, B pairs.
 *
 * <p>Pictures are cropped as transformers does, unless {@link AestheticCrop#TORCHVISION} is named.
 */
public final class AestheticReward implements RewardDefinition {

    private final AestheticCrop crop;

    /** Defines the predictor with transformers' crop. */
    public AestheticReward() {
        this(AestheticCrop.TRANSFORMERS);
    }

    /**
     * Defines the predictor with a named crop.
     *
     * @param crop as transformers or as the authors' script
     */
    public AestheticReward(AestheticCrop crop) {
        this.crop = crop;
    }

    @Override
    public RewardKind kind() {
        return RewardKind.AESTHETIC;
    }

    @Override
    public List<String> requires() {
        return List.of(RewardSources.WEIGHTS, RewardSources.HEAD);
    }

    @Override
    public Found find(RewardSources sources) {
        Path backbone = ClipSettings.weights(sources.required(RewardSources.WEIGHTS));
        Path head = Weights.locate(sources.required(RewardSources.HEAD));
        try (Weights weights = Weights.open(backbone);
                Weights layers = Weights.open(head)) {
            String name = kind().name();
            Checkpoint.require(weights, name, Checkpoint.CLIP, Checkpoint.OPEN_CLIP);
            Checkpoint.require(layers, name, Checkpoint.LINEAR_HEAD);
        }
        ClipSettings settings =
                ClipSettings.find(
                        List.of(backbone),
                        sources.part(RewardSources.BASE),
                        sources.architecture());
        return new Files(backbone, head, settings, sources, crop);
    }

    private record Files(
            Path backbone,
            Path head,
            ClipSettings settings,
            RewardSources sources,
            AestheticCrop crop)
            implements Found {

        @Override
        public RewardOrigin origin() {
            Map<String, String> weights = new LinkedHashMap<>();
            weights.put(RewardSources.WEIGHTS, backbone.toString());
            weights.put(RewardSources.HEAD, head.toString());
            return ClipShaped.origin(weights, settings, pictures(), "", 0);
        }

        @Override
        public PicturePreparation pictures() {
            return crop == AestheticCrop.TRANSFORMERS
                    ? ClipShaped.pictures(settings, sources)
                    : PicturePreparation.of(
                            ImageProcessor.of(settings.images())
                                    .withDecoder(sources.decoder())
                                    .inOwnMode(),
                            "the clip package's crop, Pillow's bicubic in the file's own mode"
                                    + sources.orientation());
        }

        private DifferentiablePreparation pixels() {
            return crop == AestheticCrop.TRANSFORMERS
                    ? DifferentiablePreparation.of(settings.images())
                    : DifferentiablePreparation.roundedCrop(settings.images());
        }

        @Override
        public ScoringNetwork load(Device device, DType type, Use use) {
            ClipTowers towers =
                    ClipTowers.vision(backbone, new Loading(settings, device, type, use));
            try {
                return new Network(towers, ClipShaped.head(head, towers), pixels());
            } catch (RuntimeException | Error e) {
                towers.close();
                throw e;
            }
        }
    }

    private record Network(
            ClipTowers towers, HpHead.Affine head, DifferentiablePreparation preparation)
            implements ScoringNetwork {

        @Override
        public Device device() {
            return towers.device();
        }

        @Override
        public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
            return ClipTowers.rows(ClipTowers.select(rated(towers.features(pictures)), picture));
        }

        @Override
        public NDArray reward(NDArray pixels, List<String> prompts) {
            return StagedPass.through(stages(prompts), List.of(pixels), List.of()).get(0);
        }

        @Override
        public List<Stage> stages(List<String> prompts) {
            return ClipShaped.stages(preparation, towers, this::rated);
        }

        private NDArray rated(NDArray features) {
            return head.forward(ClipTowers.PROGRAM.call("unit", features));
        }

        @Override
        public void close() {
            towers.close();
        }
    }
}
