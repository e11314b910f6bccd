package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipSettings;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What scorers over a CLIP model have in common. */
final class ClipShaped {

    private ClipShaped() {}

    static RewardOrigin origin(
            Map<String, String> weights,
            ClipSettings settings,
            RewardSources sources,
            boolean readsPrompt) {
        return origin(
                weights,
                settings,
                pictures(settings, sources),
                readsPrompt ? cleaning(sources.openClipPrompts()) : "",
                readsPrompt ? settings.config().positions() : 0);
    }

    static RewardOrigin origin(
            Map<String, String> weights,
            ClipSettings settings,
            PicturePreparation pictures,
            String prompts,
            int textLength) {
        return new RewardOrigin(
                weights,
                pictures.description(),
                prompts,
                textLength,
                settings.origin(),
                settings.assumption());
    }

    static VisionSource vision(Path weights, ClipSettings settings, String name) {
        return new VisionSource(weights, settings.config(), settings.images(), name);
    }

    /** How prompts are cleaned, in words. */
    static String cleaning(boolean openClip) {
        return openClip ? "open_clip" : "transformers";
    }

    static PicturePreparation pictures(ClipSettings settings, RewardSources sources) {
        return PicturePreparation.of(
                ImageProcessor.of(settings.images()).withDecoder(sources.decoder()),
                "CLIPImageProcessor, Pillow's bicubic" + sources.orientation());
    }

    /** From pixels (B, 3, H, W) through a vision tower and a head, features (B, P) to (B). */
    static List<Stage> stages(
            DifferentiablePreparation preparation, ClipTowers towers, UnaryOperator<NDArray> head) {
        List<Stage> stages = new ArrayList<>();
        stages.add((state, context) -> List.of(preparation.apply(state.get(0))));
        stages.addAll(towers.stages(0));
        stages.add((state, context) -> List.of(head.apply(state.get(0))));
        return stages;
    }

    /** Loads a head of linear layers over the features of a vision tower, as one affine map. */
    static HpHead.Affine head(Path file, ClipTowers backbone) {
        try (Weights weights = Weights.openModel(file);
                TensorScope scope = TensorScope.open(backbone.device())) {
            HpHead.Affine affine =
                    HpHead.load(weights, scope.manager(), DType.FLOAT32, Memory.MAPPED).collapse();
            long expected = affine.weight().getShape().get(0);
            if (expected != backbone.config().projection()) {
                throw new IllegalArgumentException(
                        "RewardModel: the head in "
                                + file
                                + " expects features of width "
                                + expected
                                + ", the backbone gives "
                                + backbone.config().projection());
            }
            scope.keep(affine.weight(), backbone.manager());
            return affine;
        }
    }
}
