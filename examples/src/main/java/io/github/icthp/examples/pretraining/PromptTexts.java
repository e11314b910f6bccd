package io.github.icthp.examples.pretraining;

/** An endless row of texts to learn from. */
@FunctionalInterface
public interface PromptTexts {

    /**
     * Returns a text.
     *
     * @param number its place, from 0
     * @return always the same for the same place
     */
    String text(long number);
}
