package io.github.icthp.training;

import com.google.common.collect.ImmutableMap;

import java.util.Map;

/**
 * What was measured at a step.
 *
 * @param step steps made when it was measured
 * @param phase what was going on: {@link #TRAIN}, {@link #EVALUATE}, or a name of the run's own
 * @param values measured values by name, in order
 */
public record Metrics(long step, String phase, Map<String, Double> values) {

    /** The phase of an optimizer step. */
    public static final String TRAIN = "train";

    /** The phase of an evaluation on held-out inputs. */
    public static final String EVALUATE = "evaluate";

    /**
     * Copies the values.
     *
     * @param step steps made when it was measured
     * @param phase what was going on
     * @param values measured values by name
     */
    public Metrics {
        values = ImmutableMap.copyOf(values);
    }
}
