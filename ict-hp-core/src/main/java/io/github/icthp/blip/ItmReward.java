package io.github.icthp.blip;

import io.github.icthp.reward.Checkpoint;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.RewardSources;

import java.util.List;

/**
 * BLIP's image-text matching: the probability that a text belongs to a picture.
 *
 * <p>Weights may be transformers' or the authors'. Pictures are squashed to the model's square;
 * prompts begin with {@code [CLS]}, are cut to 35 tokens, and their padding is masked. Each picture
 * is encoded once, whatever the number of its prompts.
 */
public final class ItmReward implements RewardDefinition {

    @Override
    public RewardKind kind() {
        return RewardKind.ITM;
    }

    @Override
    public List<String> requires() {
        return List.of(RewardSources.WEIGHTS);
    }

    @Override
    public Found find(RewardSources sources) {
        BlipFiles files = BlipFiles.find(sources, kind().name(), Checkpoint.BLIP_ITM);
        BlipProcessorFile.require(files.folder(), files.config());
        PicturePreparation pictures =
                PicturePreparation.of(
                        BlipMatcher.imageProcessor(files.config()).withDecoder(sources.decoder()),
                        "BLIP's processor, squashed by Pillow's bicubic" + sources.orientation());
        return new BlipScorer(files, pictures, BlipMatcher::load);
    }
}
