package io.github.icthp.train;

import io.github.icthp.train.data.IctTargets;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Triplets as a step takes them, in ordinary memory. B is their number, S the side of an image.
 *
 * @param pixels (3, B, 3, S, S): all rejected images, then all preferred, then all refined
 * @param side S
 * @param easyIds token ids of the easy prompts, B rows
 * @param refinedIds token ids of the refined prompts, B rows of the same length
 * @param targets ICT targets, B, or none if the objective needs none
 * @param rows where the triplets come from, for messages
 */
record TripletInputs(
        FloatBuffer pixels,
        int side,
        List<long[]> easyIds,
        List<long[]> refinedIds,
        List<IctTargets> targets,
        List<Long> rows) {

    int size() {
        return rows.size();
    }
}
