package io.github.icthp.train;

import com.google.common.base.Preconditions;

import io.github.icthp.train.data.IctTargets;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Triplets as a training step takes them: decoded and tokenized, in ordinary memory. B is their
 * number, S the side of an image.
 *
 * @param pixels (3, B, 3, S, S), normalized: all rejected images, then all preferred, then all
 *     refined; read during a step, so its memory must not be used for anything else meanwhile
 * @param side S
 * @param easyIds token ids of the easy prompts, B rows
 * @param refinedIds token ids of the refined prompts, B rows of the same length
 * @param targets ICT targets, B, or none if the objective needs none
 * @param rows where the triplets come from, for messages
 */
public record TripletInputs(
        FloatBuffer pixels,
        int side,
        List<long[]> easyIds,
        List<long[]> refinedIds,
        List<IctTargets> targets,
        List<Long> rows) {

    /**
     * Checks and copies.
     *
     * @param pixels (3, B, 3, S, S)
     * @param side S
     * @param easyIds token ids of the easy prompts
     * @param refinedIds token ids of the refined prompts
     * @param targets ICT targets, B or none
     * @param rows where the triplets come from
     * @throws IllegalArgumentException if the sizes do not belong together
     */
    public TripletInputs {
        easyIds = List.copyOf(easyIds);
        refinedIds = List.copyOf(refinedIds);
        targets = List.copyOf(targets);
        rows = List.copyOf(rows);
        int size = rows.size();
        Preconditions.checkArgument(
                size > 0 && easyIds.size() == size && refinedIds.size() == size,
                "TripletInputs: expected equal numbers of rows, easy and refined prompts, more than"
                        + " none, got %s, %s and %s",
                size,
                easyIds.size(),
                refinedIds.size());
        Preconditions.checkArgument(
                pixels.remaining() == 9L * size * side * side,
                "TripletInputs: expected %s pixel values for %s triplets of side %s, got %s",
                9L * size * side * side,
                size,
                side,
                pixels.remaining());
        Preconditions.checkArgument(
                targets.isEmpty() || targets.size() == size,
                "TripletInputs: expected targets for all %s triplets or for none, got %s",
                size,
                targets.size());
    }

    /**
     * Returns B.
     *
     * @return the number of triplets
     */
    public int size() {
        return rows.size();
    }
}
