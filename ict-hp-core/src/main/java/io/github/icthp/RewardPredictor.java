package io.github.icthp;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;

import java.util.List;
import java.util.stream.Stream;

/** A reward model in DJL's clothes. Decoding, batches and networks are those of the model. */
final class RewardPredictor extends Predictor<PromptImage, RewardScore> {

    private final RewardModel reward;

    RewardPredictor(RewardModel reward) {
        this(reward, Model.newInstance("ict-hp", Device.cpu(), "PyTorch"));
    }

    private RewardPredictor(RewardModel reward, Model shell) {
        super(shell, new Unused(), Device.cpu(), false);
        this.reward = reward;
    }

    @Override
    public RewardScore predict(PromptImage input) throws TranslateException {
        try {
            return reward.score(input);
        } catch (RuntimeException e) {
            throw new TranslateException(e.getMessage(), e);
        }
    }

    @Override
    public List<RewardScore> batchPredict(List<PromptImage> inputs) {
        try (Stream<RewardScore> scores = reward.scoreAll(inputs.stream())) {
            return scores.toList();
        }
    }

    @Override
    public void close() {
        super.close();
        model.close();
    }

    /**
     * Stands where DJL asks for a translator: images and prompts never leave the model as lists.
     */
    private static final class Unused implements NoBatchifyTranslator<PromptImage, RewardScore> {

        @Override
        public NDList processInput(TranslatorContext context, PromptImage input) {
            throw new UnsupportedOperationException("RewardPredictor: use predict or batchPredict");
        }

        @Override
        public RewardScore processOutput(TranslatorContext context, NDList list) {
            throw new UnsupportedOperationException("RewardPredictor: use predict or batchPredict");
        }
    }
}
