package io.github.icthp.diffusion.schedule;

/** Plans a model's sampling runs. */
@FunctionalInterface
public interface Scheduler {

    /**
     * Plans a run.
     *
     * @param steps number of steps
     * @param imageTokens tokens that the picture becomes; they matter to flow matching with a
     *     dynamic shift only
     * @return its steps
     */
    DenoisingSchedule schedule(int steps, int imageTokens);
}
