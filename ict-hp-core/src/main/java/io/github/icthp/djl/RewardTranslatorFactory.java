package io.github.icthp.djl;

import ai.djl.Model;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardPredictor;
import io.github.icthp.RewardScore;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;

/**
 * Makes the translator from {@link PromptImage} to {@link RewardScore}; see {@link RewardEngine}.
 */
public final class RewardTranslatorFactory implements TranslatorFactory {

    /** Creates the factory. */
    public RewardTranslatorFactory() {}

    @Override
    public Set<Pair<Type, Type>> getSupportedTypes() {
        return Set.of(new Pair<>(PromptImage.class, RewardScore.class));
    }

    /**
     * Makes a translator.
     *
     * @throws TranslateException if the model is not of {@link RewardEngine}, or the types are
     *     others than {@link PromptImage} and {@link RewardScore}
     */
    @Override
    @SuppressWarnings("unchecked") // The types were compared.
    public <I, O> Translator<I, O> newInstance(
            Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
            throws TranslateException {
        if (!isSupported(input, output)) {
            throw new TranslateException(
                    "RewardTranslatorFactory: translates PromptImage to RewardScore, got "
                            + input.getName()
                            + " to "
                            + output.getName());
        }
        if (!(model instanceof ScoringModel scoring)) {
            throw new TranslateException(
                    "RewardTranslatorFactory: expected a model of engine "
                            + RewardEngine.NAME
                            + ", got a "
                            + model.getClass().getName()
                            + "; add optEngine(RewardEngine.NAME)");
        }
        return (Translator<I, O>) RewardPredictor.translator(scoring.reward());
    }
}
