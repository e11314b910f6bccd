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
 * BLIP's image-text matching: the probability that a text belongs to a picture. Shapes: U pictures,
 * B pairs.
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
        return new Files(files, sources);
    }

    private record Files(BlipFiles files, RewardSources sources) implements Found {

        @Override
        public RewardOrigin origin() {
            return files.origin(pictures());
        }

        @Override
        public PicturePreparation pictures() {
            return PicturePreparation.of(
                    BlipMatcher.imageProcessor(files.config()).withDecoder(sources.decoder()),
                    "BLIP's processor, squashed by Pillow's bicubic" + sources.orientation());
        }

        @Override
        public ScoringNetwork load(Device device, DType type, Use use) {
            BertTokenizer tokenizer = files.startTokenizer();
            try (Weights weights = Weights.open(files.weights())) {
                return new Network(
                        BlipMatcher.load(
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

    private record Network(BlipMatcher matcher, BertTokenizer tokenizer, int length)
            implements ScoringNetwork {

        @Override
        public Device device() {
            return matcher.model().device();
        }

        @Override
        public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
            return PairScores.rows(
                    probability(matcher.model().encodeImages(pictures), picture, prompts));
        }

        @Override
        public NDArray reward(NDArray pixels, List<String> prompts) {
            int[] each = IntStream.range(0, prompts.size()).toArray();
            return probability(
                    matcher.model().encodeImages(matcher.prepare(pixels)), each, prompts);
        }

        @Override
        public List<Stage> stages(List<String> prompts) {
            int[] each = IntStream.range(0, prompts.size()).toArray();
            return matcher.model()
                    .stages(matcher::prepare, images -> probability(images, each, prompts));
        }

        private NDArray probability(NDArray images, int[] picture, List<String> prompts) {
            BertTokens texts = PairScores.tokens(tokenizer, prompts, length);
            return BlipMatcher.probability(matcher.logits(images, texts, picture));
        }

        @Override
        public double[] promptCosines(List<String> first, List<String> second) {
            return PairScores.doubles(BlipMatcher.cosine(features(first), features(second)));
        }

        private NDArray features(List<String> prompts) {
            return matcher.textFeatures(tokenizer.tokenize(prompts, length));
        }

        @Override
        public int unreadTokens(String prompt) {
            return Math.max(0, tokenizer.encode(prompt).length - length);
        }

        @Override
        public void close() {
            matcher.close();
            tokenizer.close();
        }
    }
}
