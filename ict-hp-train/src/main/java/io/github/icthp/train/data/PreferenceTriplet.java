package io.github.icthp.train.data;

import java.util.Optional;

/**
 * One row of preference data: two prompts, three pictures in order of preference, and perhaps ICT
 * targets.
 *
 * @param row the row's number in its data set, from 0
 * @param easyPrompt P_e, the short prompt that all three pictures answer; may be empty
 * @param refinedPrompt P_r, the detailed prompt that the refined picture was made from; may be
 *     empty
 * @param images the three pictures
 * @param targets ICT targets, if the data set is labeled
 */
public record PreferenceTriplet(
        long row,
        String easyPrompt,
        String refinedPrompt,
        TripletImages images,
        Optional<IctTargets> targets) {

    /**
     * Makes a triplet without ICT targets.
     *
     * @param row the row's number in its data set, from 0
     * @param easyPrompt the short prompt
     * @param refinedPrompt the detailed prompt
     * @param images the three pictures
     */
    public PreferenceTriplet(
            long row, String easyPrompt, String refinedPrompt, TripletImages images) {
        this(row, easyPrompt, refinedPrompt, images, Optional.empty());
    }

    /**
     * Returns this triplet with the given targets.
     *
     * @param labels the new targets
     * @return a labeled triplet
     */
    public PreferenceTriplet withTargets(IctTargets labels) {
        return new PreferenceTriplet(row, easyPrompt, refinedPrompt, images, Optional.of(labels));
    }

    /** Returns this triplet as another row. */
    PreferenceTriplet withRow(long number) {
        return row == number
                ? this
                : new PreferenceTriplet(number, easyPrompt, refinedPrompt, images, targets);
    }
}
