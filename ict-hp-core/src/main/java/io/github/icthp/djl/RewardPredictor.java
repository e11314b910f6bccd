package io.github.icthp.djl;

import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;

/**
 * DJL's predictor, except that {@code predict} throws where an image has no score.
 *
 * @param <I> what is scored
 * @param <O> the score
 */
public class RewardPredictor<I, O> extends Predictor<I, O> {

    RewardPredictor(ScoringModel model, Translator<I, O> translator) {
        super(model, translator, model.getNDManager().getDevice(), false);
    }

    /**
     * Makes a predictor of a reward model.
     *
     * @param reward the model, which stays open when the predictor is closed
     * @return a predictor for one thread at a time
     */
    public static Predictor<PromptImage, RewardScore> of(RewardModel reward) {
        ScoringModel shell = new ScoringModel("ict-hp", Device.cpu());
        return new RewardPredictor<>(shell, new RewardTranslator(reward)) {
            @Override
            public void close() {
                super.close();
                shell.close();
            }
        };
    }

    @Override
    public O predict(I input) throws TranslateException {
        O output = super.predict(input);
        if (output instanceof RewardScore score && score.failure() != null) {
            throw new TranslateException(score.failure().getMessage(), score.failure());
        }
        return output;
    }
}
