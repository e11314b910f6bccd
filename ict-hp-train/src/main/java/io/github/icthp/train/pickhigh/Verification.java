package io.github.icthp.train.pickhigh;

import io.github.icthp.train.pickhigh.Removal.Kind;

import java.util.Map;
import java.util.Optional;

/**
 * Step 4: a word list as a second net behind the language model's own refusal, then the binary
 * verification: are the base prompt's concepts all kept, and nothing that conflicts added?
 */
final class Verification {

    static final String NAME = "filter";

    private final WordList words;
    private final Optional<Questions> questions;

    Verification(WordList words, Optional<Questions> questions) {
        this.words = words;
        this.questions = questions;
    }

    /** Returns the row, or removed with its reason. */
    PromptRow apply(PromptRow row) throws LanguageModelException {
        Optional<String> word = words.find(row.base()).or(() -> words.find(row.best()));
        if (word.isPresent()) {
            return row.removed(NAME, Kind.WORD, "\"" + word.get() + "\" is on the list of words");
        }
        if (questions.isEmpty()) {
            return row;
        }
        return questions
                .get()
                .answer(
                        NAME,
                        row,
                        Templates.VERIFY,
                        Map.of("base", row.base(), "refined", row.best()),
                        Verification::judged);
    }

    private static PromptRow judged(PromptRow row, String answer) throws AnswerJson.Unreadable {
        AnswerJson.Verdict verdict = AnswerJson.verdict(answer);
        if (!verdict.kept()) {
            return row.removed(NAME, Kind.LOST, verdict.reasoning());
        }
        return verdict.conflict() ? row.removed(NAME, Kind.CONFLICT, verdict.reasoning()) : row;
    }
}
