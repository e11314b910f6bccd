package io.github.icthp.train.pickhigh;

import java.util.Map;

/** Step 3: a language model refines the extended prompt by a chain of thought. */
final class Refinement {

    static final String NAME = "refine";

    private final Questions questions;

    Refinement(Questions questions) {
        this.questions = questions;
    }

    /** Returns the row with a refined prompt, or removed. */
    PromptRow apply(PromptRow row) throws LanguageModelException {
        Map<String, String> texts = Map.of("base", row.base(), "extended", row.best());
        return questions.answer(
                NAME,
                row,
                Templates.REFINE,
                texts,
                (answered, text) -> {
                    String refined = AnswerJson.refined(text);
                    return refined.isEmpty()
                            ? answered.removed(
                                    NAME, Removal.Kind.REFUSED, "the answer says \"refused\"")
                            : answered.withRefined(refined);
                });
    }
}
