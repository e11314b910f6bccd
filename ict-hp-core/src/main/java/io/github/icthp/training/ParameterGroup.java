package io.github.icthp.training;

import com.google.common.base.Preconditions;

import java.util.List;

/**
 * Tensors that share a weight decay.
 *
 * @param parameters the tensors
 * @param weightDecay the decoupled decay, at least 0: each step takes {@code rate * weightDecay} of
 *     a tensor away
 */
public record ParameterGroup(List<Trainable> parameters, double weightDecay) {

    /**
     * Checks and copies the settings.
     *
     * @param parameters the tensors
     * @param weightDecay the decoupled decay
     * @throws IllegalArgumentException if the decay is negative or not finite
     */
    public ParameterGroup {
        parameters = List.copyOf(parameters);
        Preconditions.checkArgument(
                weightDecay >= 0 && Double.isFinite(weightDecay),
                "ParameterGroup: weight decay must be finite and at least 0, got %s",
                weightDecay);
    }
}
