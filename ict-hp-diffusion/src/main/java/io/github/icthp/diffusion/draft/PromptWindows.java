package io.github.icthp.diffusion.draft;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;

import java.util.List;

/**
 * Which prompts a model has encoded: all that a run trains on, or, if these are more than its cache
 * holds, those of a window of steps. Windows begin at multiples of their length, so that a resumed
 * run has the same.
 */
final class PromptWindows {

    private final RolloutJob job;
    private final PromptOrder order;
    private final List<String> all;

    /** How many steps a window has; 0 if one holds all prompts. */
    private final long steps;

    private long current = -1;

    PromptWindows(RolloutJob job) {
        this.job = job;
        this.order = job.order();
        this.all = job.prompts();
        this.steps =
                all.size() <= job.promptCache()
                        ? 0
                        : Math.max(1, job.promptCache() / job.picturesPerStep());
    }

    /**
     * Goes to the window of a step.
     *
     * @return whether it is another than before, so that {@link #prompts} must be encoded
     */
    boolean enter(long step) {
        long window = window(step);
        boolean another = window != current;
        current = window;
        return another;
    }

    private long window(long step) {
        return steps == 0 ? 0 : step / steps;
    }

    /** Returns the prompts of a step's window, each once. */
    List<String> prompts(long step) {
        if (steps == 0) {
            return all;
        }
        long pictures = steps * job.picturesPerStep();
        return order.pictures(window(step) * pictures, Math.toIntExact(pictures)).stream()
                .map(Picture::prompt)
                .distinct()
                .toList();
    }
}
