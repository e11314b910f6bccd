package io.github.icthp.blip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.reward.Checkpoint;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.RewardOrigin;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.Weights;

import java.util.List;
import java.util.stream.IntStream;

/**
 * ImageReward as a scorer: standardized as released. Shapes: U pictures, B pairs.
 *
 * <p>Pictures are resized in the mode of their file and cropped; prompts begin with {@code [CLS]},
 * are cut to 35 tokens, and their padding is masked. Each picture is encoded once, whatever the
 * number of its prompts.
 *
 * @see ImageReward
 */
public final class ImageRewardDefinition implements RewardDefinition {

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
        return new Files(BlipFiles.find(sources, kind().name(), Checkpoint.IMAGE_REWARD), sources);
    }

    private record Files(BlipFiles files, RewardSources sources) implements Found {

        @Override
        public RewardOrigin origin() {
            return files.origin(pictures());
        }

        @Override
        public PicturePreparation pictures() {
            return PicturePreparation.of(
                    ImageReward.imageProcessor(files.config()).withDecoder(sources.decoder()),
                    "the clip package's crop, Pillow's bicubic in the file's own mode"
                            + sources.orientation());
        }

        @Override
        public ScoringNetwork load(Device device, DType type, Use use) {
            BertTokenizer tokenizer = files.startTokenizer();
            try (Weights weights = Weights.open(files.weights())) {
                return new Network(
                        ImageReward.load(
                                weights,
                                files.config(),
                                device,
                                type,
                                BlipModel.Use.valueOf(use.name())),
                        tokenizer,
                        files.textLength());
            } catch (RuntimeException | Error e) {
                tokenizer.close();
                throw e;
            }
        }
    }

    private record Network(ImageReward model, BertTokenizer tokenizer, int length)
            implements ScoringNetwork {

        @Override
        public Device device() {
            return model.model().device();
        }

        @Override
        public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
            return PairScores.rows(rewards(model.model().encodeImages(pictures), picture, prompts));
        }

        @Override
        public NDArray reward(NDArray pixels, List<String> prompts) {
            int[] each = IntStream.range(0, prompts.size()).toArray();
            return rewards(model.model().encodeImages(model.prepare(pixels)), each, prompts);
        }

        @Override
        public List<Stage> stages(List<String> prompts) {
            int[] each = IntStream.range(0, prompts.size()).toArray();
            return model.model().stages(model::prepare, images -> rewards(images, each, prompts));
        }

        private NDArray rewards(NDArray images, int[] picture, List<String> prompts) {
            return model.reward(images, PairScores.tokens(tokenizer, prompts, length), picture);
        }

        @Override
        public int unreadTokens(String prompt) {
            return Math.max(0, tokenizer.encode(prompt).length - length);
        }

        @Override
        public void close() {
            model.close();
            tokenizer.close();
        }
    }
}
