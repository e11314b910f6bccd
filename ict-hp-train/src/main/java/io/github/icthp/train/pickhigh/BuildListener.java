package io.github.icthp.train.pickhigh;

/** Is told how a build goes on. Calls come from the thread that runs it. */
@FunctionalInterface
public interface BuildListener {

    /**
     * Tells how far a step is.
     *
     * @param step the step's name, for example {@code refine}
     * @param rows how many rows are done, those of earlier runs included
     * @param total how many there are; 0 while that is not known
     */
    void progress(String step, long rows, long total);
}
