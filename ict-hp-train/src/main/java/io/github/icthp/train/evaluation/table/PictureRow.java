package io.github.icthp.train.evaluation.table;

import com.google.common.base.Preconditions;

import io.github.icthp.ImageSource;

/**
 * A generated picture.
 *
 * @param model the generator's name
 * @param condition whether it was made from the base prompt or from the refined one
 * @param promptId tells prompts apart; a base prompt and the prompt refined from it have the same,
 *     and so have the pictures that several generators made for it
 * @param prompt the text that the picture is scored for
 * @param image the picture
 */
public record PictureRow(
        String model,
        PromptCondition condition,
        String promptId,
        String prompt,
        ImageSource image) {

    /**
     * Checks the names.
     *
     * @param model the generator's name
     * @param condition whether it was made from the base prompt or from the refined one
     * @param promptId tells prompts apart; a base prompt and the prompt refined from it have the
     *     same, and so have the pictures that several generators made for it
     * @param prompt the text that the picture is scored for
     * @param image the picture
     * @throws IllegalArgumentException if the model or the prompt's id is blank
     */
    public PictureRow {
        Preconditions.checkArgument(!model.isBlank(), "PictureRow: model is blank");
        Preconditions.checkArgument(!promptId.isBlank(), "PictureRow: promptId is blank");
    }

    /** Returns the row in words, for messages. */
    String place() {
        return model + ", " + condition.label() + ", prompt " + promptId + ", " + image.name();
    }
}
