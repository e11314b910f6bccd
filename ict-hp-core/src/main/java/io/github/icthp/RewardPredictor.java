package io.github.icthp;

import ai.djl.BaseModel;
import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;

import io.github.icthp.torch.Torch;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Map;

/**
 * DJL's predictor, except that {@code predict} throws where an image has no score. Programs get one
 * from {@link RewardModel#predictor} or from a model that {@link io.github.icthp.djl} loaded.
 *
 * @param <I> what is scored
 * @param <O> the score
 */
public class RewardPredictor<I, O> extends Predictor<I, O> {

    /**
     * Makes a predictor of a model that DJL loaded, for one thread at a time.
     *
     * @param model the model, which stays open when the predictor is closed
     * @param translator scores the inputs
     */
    public RewardPredictor(Model model, Translator<I, O> translator) {
        super(model, translator, model.getNDManager().getDevice(), false);
    }

    /**
     * Returns what hands a predictor's inputs to a reward model.
     *
     * @param reward the model
     * @return a translator whose scores are the model's own
     */
    public static Translator<PromptImage, RewardScore> translator(RewardModel reward) {
        return new RewardTranslator(reward);
    }

    /** Makes a predictor of a reward model, which stays open when the predictor is closed. */
    static Predictor<PromptImage, RewardScore> of(RewardModel reward) {
        Shell shell = new Shell();
        return new RewardPredictor<>(shell, translator(reward)) {
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

    /** The model that a DJL predictor must have, empty: the reward model does the work. */
    private static final class Shell extends BaseModel {

        Shell() {
            super("ict-hp");
            this.manager = Torch.manager(Device.cpu());
            this.manager.setName("ict-hp");
        }

        @Override
        public void load(Path path, @Nullable String prefix, @Nullable Map<String, ?> options) {
            throw new UnsupportedOperationException("RewardModel.predictor: the model is loaded");
        }
    }
}
