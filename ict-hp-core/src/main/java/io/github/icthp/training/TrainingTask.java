package io.github.icthp.training;

import com.google.gson.JsonObject;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a run trains: gradients, and where it has them an evaluation, a state of its own and what it
 * publishes. {@link TrainingLoop} does everything else.
 */
public interface TrainingTask {

    /**
     * Returns what moves the weights, with everything that is trained.
     *
     * @return the same object at every call
     */
    Updater updater();

    /**
     * Computes the gradients of the step that {@link Updater#step} numbers, of the mean loss times
     * {@link Updater#lossScale}.
     *
     * @param sum receives them
     * @return what was measured, by its names in the metrics; a value that is not finite ends the
     *     run
     * @throws DivergenceException if something that is not returned is not finite
     */
    Map<String, Double> gradients(Gradients sum);

    /**
     * Describes the inputs of the step whose gradients were computed last.
     *
     * @return rows, prompts or seeds, for messages
     */
    String inputs();

    /**
     * Returns how many images a step takes, for the run's pace.
     *
     * @return images
     */
    default long imagesPerStep() {
        return updater().config().itemsPerStep();
    }

    /** The weights were moved or restored; a task with copies of them renews these. */
    default void moved() {}

    /**
     * Evaluates on held-out inputs. If the weights have a moving average, it is in their place.
     *
     * @param step optimizer steps made
     * @param run takes pictures and files
     * @return what was measured, by its names in the metrics; empty if nothing is evaluated
     */
    default Map<String, Double> evaluate(long step, RunReporter run) {
        return Map.of();
    }

    /**
     * Begins to watch the run's evaluations.
     *
     * @param patience evaluations after which the run may stop early; 0 for never
     * @return what says which evaluation is the best, and whether to stop
     */
    default EarlyStop earlyStop(int patience) {
        return EarlyStop.none();
    }

    /**
     * Returns whatever else changes in a run, such as the place in the data.
     *
     * @return values for a checkpoint
     */
    default JsonObject state() {
        return new JsonObject();
    }

    /**
     * Goes back to a checkpoint, whose weights and moments are restored already.
     *
     * @param state what {@link #state} returned, and what others added to it
     */
    default void restore(JsonObject state) {}

    /**
     * A checkpoint was saved, or the run goes on from one: whatever a run publishes as it goes is
     * written now. If the weights have a moving average, it is in their place.
     *
     * @param folder the run's folder
     * @param best whether the checkpoint was evaluated best so far
     */
    default void saved(RunFolder folder, boolean best) {}

    /**
     * The run has ended: whatever it publishes at its end is written now. If the weights have a
     * moving average, it is in their place.
     *
     * @param folder the run's folder
     */
    default void finished(RunFolder folder) {}

    /**
     * Returns what is drawn as curves over the steps.
     *
     * @return the charts
     */
    default List<Chart> charts() {
        return List.of();
    }

    /**
     * A chart of a run's metrics.
     *
     * @param file the PNG file's name in the run's folder
     * @param title what stands above the curves
     * @param names chooses metrics by their names
     */
    record Chart(String file, String title, Predicate<String> names) {}
}
