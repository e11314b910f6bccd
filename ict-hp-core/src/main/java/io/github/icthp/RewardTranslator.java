package io.github.icthp;

import ai.djl.ndarray.NDList;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;

import java.util.List;
import java.util.stream.Stream;

/**
 * Hands pairs to the reward model, which does all that lies between them and scores: decoding,
 * encoding each prompt once, batches and networks. So no arrays pass through the predictor, and the
 * scores are the model's own.
 */
final class RewardTranslator implements Translator<PromptImage, RewardScore> {

    private static final String PAIRS = "ict-hp.pairs";

    private final RewardModel reward;

    RewardTranslator(RewardModel reward) {
        this.reward = reward;
    }

    @Override
    public NDList processInput(TranslatorContext context, PromptImage pair) {
        return batchProcessInput(context, List.of(pair));
    }

    @Override
    public NDList batchProcessInput(TranslatorContext context, List<PromptImage> pairs) {
        context.setAttachment(PAIRS, pairs);
        return new NDList();
    }

    /** Scores the one pair; an image that cannot be read is an exception. */
    @Override
    public RewardScore processOutput(TranslatorContext context, NDList none) {
        return reward.score(pairs(context).get(0));
    }

    /** Scores the pairs; an image that cannot be read fails alone. */
    @Override
    public List<RewardScore> batchProcessOutput(TranslatorContext context, NDList none) {
        try (Stream<RewardScore> scores = reward.scoreAll(pairs(context).stream())) {
            return scores.toList();
        }
    }

    @SuppressWarnings("unchecked") // Set above.
    private static List<PromptImage> pairs(TranslatorContext context) {
        return (List<PromptImage>) context.getAttachment(PAIRS);
    }
}
