package io.github.icthp.examples.world;

import io.github.icthp.examples.pretraining.PromptTexts;
import io.github.icthp.tokenizer.FreshTokenizer;
import io.github.icthp.train.data.Split;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Prompts of the drawn world with words of style behind them, some of which fit and some of which
 * do not: what a small model of Prompt-Extend's kind learns from.
 */
public final class ExtendedPrompts implements PromptTexts {

    private static final List<String> ANOMALIES =
            List.of("trending on a gallery", "4k", "by nobody", "watermark", "highly detailed");

    private final long seed;
    private final WorldSplit scenes;

    /**
     * Makes texts.
     *
     * @param seed of the world and of the words
     */
    public ExtendedPrompts(long seed) {
        this.seed = seed;
        this.scenes = DrawnWorld.seed(seed).split(Split.TRAIN);
    }

    @Override
    public String text(long number) {
        SceneGrammar grammar = new SceneGrammar(new SplittableRandom(seed ^ number << 20));
        return String.join(
                ", ",
                scenes.scene(number).easyPrompt(),
                grammar.pick(Material.values()).phrase(),
                grammar.pick(Light.values()).phrase(),
                grammar.pick(ANOMALIES.toArray(new String[0])));
    }

    /**
     * Writes a tokenizer of GPT-2's kind for these texts.
     *
     * @param folder where to; made if it is not there
     * @return the number of tokens
     */
    public static int writeTokenizer(Path folder) {
        return FreshTokenizer.writeGpt2(words(), folder);
    }

    /** Every word that a text may have. */
    static Collection<String> words() {
        Set<String> words = new TreeSet<>(WorldLanguage.words());
        ANOMALIES.forEach(phrase -> words.addAll(Arrays.asList(phrase.split(" "))));
        return words;
    }
}
