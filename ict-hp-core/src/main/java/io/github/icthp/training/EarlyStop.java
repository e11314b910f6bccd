package io.github.icthp.training;

import com.google.gson.JsonObject;

import java.util.Map;
import java.util.Optional;

/** Watches the evaluations of a run: which is the best so far, and whether to stop early. */
public interface EarlyStop {

    /**
     * Returns what knows no best evaluation and never stops.
     *
     * @return it
     */
    static EarlyStop none() {
        return new EarlyStop() {};
    }

    /**
     * Takes note of an evaluation.
     *
     * @param step optimizer steps made
     * @param values what was measured
     */
    default void evaluated(long step, Map<String, Double> values) {}

    /**
     * Says whether the evaluation after a step is the best so far.
     *
     * @param step optimizer steps made
     * @return true if it is; false if there was none
     */
    default boolean isBest(long step) {
        return false;
    }

    /**
     * Returns the value by which the best evaluation is the best.
     *
     * @return the value; NaN if there is none
     */
    default double best() {
        return Double.NaN;
    }

    /**
     * Says whether and why the run is to stop.
     *
     * @return the reason; empty to go on
     */
    default Optional<String> reason() {
        return Optional.empty();
    }

    /**
     * Adds what this remembers to a checkpoint.
     *
     * @param state takes the values
     */
    default void save(JsonObject state) {}

    /**
     * Goes back to a checkpoint.
     *
     * @param state what {@link #save} added to
     */
    default void restore(JsonObject state) {}
}
