package io.github.icthp.train.pickhigh;

import io.github.icthp.train.pickhigh.AnswerJson.Unreadable;
import io.github.icthp.train.pickhigh.LanguageModel.Answer;
import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts a row's question, reads the answer strictly, and asks once to repair one that cannot be
 * read.
 */
final class Questions {

    private final Asker asker;
    private final Templates templates;

    Questions(Asker asker, Templates templates) {
        this.asker = asker;
        this.templates = templates;
    }

    /** Makes a row of an answer. */
    @FunctionalInterface
    interface Reading {

        /** Returns the row with what the answer says. */
        PromptRow read(PromptRow row, String answer) throws Unreadable;
    }

    /**
     * Asks and reads.
     *
     * @throws LanguageModelException if no request will be answered
     */
    PromptRow answer(
            String step, PromptRow row, String template, Map<String, String> texts, Reading reading)
            throws LanguageModelException {
        Templates.Question question = templates.question(template, texts);
        PromptRow asked = row;
        try {
            Answer first = asker.ask(question);
            asked = asked.withTokens(first);
            if (refuses(first)) {
                return refused(step, asked);
            }
            try {
                return reading.read(asked, first.text());
            } catch (Unreadable problem) {
                Answer second = asker.ask(repair(question, first, problem));
                asked = asked.withTokens(second);
                return refuses(second) ? refused(step, asked) : reading.read(asked, second.text());
            }
        } catch (Unreadable problem) {
            return asked.removed(step, Removal.Kind.BAD_ANSWER, problem.getMessage());
        } catch (LanguageModelException e) {
            if (e.kind() == Kind.EVERY_REQUEST) {
                throw e;
            }
            return asked.removed(step, Removal.Kind.FAILED, e.getMessage());
        }
    }

    private static boolean refuses(Answer answer) {
        return answer.refused() || AnswerJson.refusesInWords(answer.text());
    }

    private static PromptRow refused(String step, PromptRow row) {
        return row.removed(step, Removal.Kind.REFUSED, "the language model refused");
    }

    private Templates.Question repair(
            Templates.Question question, Answer answer, Unreadable problem) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("instructions", question.instructions());
        texts.put("request", question.request());
        texts.put("answer", answer.text());
        texts.put("problem", problem.getMessage());
        return templates.question(Templates.REPAIR, texts);
    }
}
