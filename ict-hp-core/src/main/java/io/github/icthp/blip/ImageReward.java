package io.github.icthp.blip;

import io.github.icthp.reward.Checkpoint;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.RewardSources;

import java.util.List;

/**
 * ImageReward (Xu et al. 2023, arXiv 2304.05977), standardized as released.
 *
 * <p>Pictures are resized in the mode of their file and cropped; prompts begin with {@code [CLS]},
 * are cut to 35 tokens, and their padding is masked. Each picture is encoded once, whatever the
 * number of its prompts.
 */
public final class ImageReward implements RewardDefinition {

    @Override
    public RewardKind kind() {
        return RewardKind.IMAGE_REWARD;
    }

    @Override
    public List<String> requires() {
        return List.of(RewardSources.WEIGHTS);
    }

    @Override
    public Found find(RewardSources sources) {
        BlipFiles files = BlipFiles.find(sources, kind().name(), Checkpoint.IMAGE_REWARD);
        PicturePreparation pictures =
                PicturePreparation.of(
                        ImageRewardModel.imageProcessor(files.config())
                                .withDecoder(sources.decoder()),
                        "the clip package's crop, Pillow's bicubic in the file's own mode"
                                + sources.orientation());
        return new BlipScorer(files, pictures, ImageRewardModel::load);
    }
}
