package io.github.icthp.train.pickhigh;

import org.jspecify.annotations.Nullable;

/**
 * A row on its way through the steps, as the state files hold it.
 *
 * @param row its number, from 0
 * @param base P_e, the base prompt
 * @param rejected the rejected picture's file in the build's folder, if the source has one
 * @param preferred the preferred picture's file, if the source has one
 * @param extended what Prompt-Extend made of the base prompt
 * @param refined P_r, what the language model made of both
 * @param picture the refined picture's file in the build's folder
 * @param removal why the row is not in the data set, if it is not
 * @param inputTokens tokens that the language model has read for it
 * @param outputTokens tokens that the language model has written for it
 */
record PromptRow(
        long row,
        String base,
        @Nullable String rejected,
        @Nullable String preferred,
        @Nullable String extended,
        @Nullable String refined,
        @Nullable String picture,
        @Nullable Removal removal,
        long inputTokens,
        long outputTokens) {

    static PromptRow of(
            long row, String base, @Nullable String rejected, @Nullable String preferred) {
        return new PromptRow(row, base, rejected, preferred, null, null, null, null, 0, 0);
    }

    /** Says whether the row is still to be in the data set. */
    boolean kept() {
        return removal == null;
    }

    boolean hasPair() {
        return rejected != null && preferred != null;
    }

    /** The longest prompt there is so far, which later steps start from. */
    String best() {
        return refined != null ? refined : extended != null ? extended : base;
    }

    PromptRow withExtended(String text) {
        return new PromptRow(
                row,
                base,
                rejected,
                preferred,
                text,
                refined,
                picture,
                removal,
                inputTokens,
                outputTokens);
    }

    PromptRow withRefined(String text) {
        return new PromptRow(
                row,
                base,
                rejected,
                preferred,
                extended,
                text,
                picture,
                removal,
                inputTokens,
                outputTokens);
    }

    PromptRow withPicture(String file) {
        return new PromptRow(
                row,
                base,
                rejected,
                preferred,
                extended,
                refined,
                file,
                removal,
                inputTokens,
                outputTokens);
    }

    PromptRow removed(String step, Removal.Kind kind, String reason) {
        return new PromptRow(
                row,
                base,
                rejected,
                preferred,
                extended,
                refined,
                picture,
                new Removal(step, kind, reason),
                inputTokens,
                outputTokens);
    }

    PromptRow withTokens(LanguageModel.Answer answer) {
        return new PromptRow(
                row,
                base,
                rejected,
                preferred,
                extended,
                refined,
                picture,
                removal,
                inputTokens + answer.inputTokens(),
                outputTokens + answer.outputTokens());
    }
}
