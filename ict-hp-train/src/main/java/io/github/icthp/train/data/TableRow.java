package io.github.icthp.train.data;

import java.util.List;
import java.util.Optional;

/**
 * One checked row of a table, with image files as the table names them.
 *
 * @param easyPrompt the short prompt
 * @param refinedPrompt the detailed prompt
 * @param images file names of the rejected, preferred and refined image
 * @param targets labels in [0, 1], if the row has them
 */
record TableRow(
        String easyPrompt,
        String refinedPrompt,
        List<String> images,
        Optional<IctTargets> targets) {

    TableRow {
        images = List.copyOf(images);
    }

    TableRow withTargets(IctTargets labels) {
        return new TableRow(easyPrompt, refinedPrompt, images, Optional.of(labels));
    }
}
