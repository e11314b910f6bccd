package io.github.icthp.train.pickhigh;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Rows that failed, which a build is to try again. */
final class Failures {

    private final BuildFolder folder;
    private final List<StepFolder> steps;

    /**
     * Makes a view of a build's failures.
     *
     * @param steps all steps in their order
     */
    Failures(BuildFolder folder, List<StepFolder> steps) {
        this.folder = folder;
        this.steps = steps;
    }

    /** Deletes the states that follow from failures, so that they are made again. */
    void forget() throws IOException {
        for (int step = 0; step < steps.size(); step++) {
            for (int part : steps.get(step).parts()) {
                if (steps.get(step).read(part).stream().anyMatch(Failures::failed)) {
                    // A failure is in the states of all steps from its own on.
                    for (StepFolder later : steps.subList(step, steps.size())) {
                        later.delete(part);
                    }
                    Files.deleteIfExists(steps.get(step).summary());
                    Files.deleteIfExists(folder.card());
                }
            }
        }
    }

    private static boolean failed(PromptRow row) {
        Removal removal = row.removal();
        return removal != null && removal.kind() == Removal.Kind.FAILED;
    }
}
