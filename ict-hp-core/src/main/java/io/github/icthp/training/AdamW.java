package io.github.icthp.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;
import com.google.common.collect.Sets;

import io.github.icthp.torch.Tensors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), by PyTorch's fused
 * kernel.
 *
 * <p>Masters and moments are float32. Each tensor counts its own steps: one without a gradient is
 * left alone, decay included, as torch.optim.AdamW does.
 */
public final class AdamW {

    private final AdamWConfig config;
    private final List<ParameterGroup> groups;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    /**
     * Prepares the optimizer, with moments of zero.
     *
     * @param config how gradients are averaged
     * @param groups what is trained; names must differ
     * @param owner owns the moments and closes them
     * @throws IllegalArgumentException if a name comes twice
     */
    public AdamW(AdamWConfig config, List<ParameterGroup> groups, NDManager owner) {
        this.config = config;
        this.groups = List.copyOf(groups);
        for (Trainable parameter : parameters()) {
            Moments zero = Moments.zero(parameter.master(), owner);
            Preconditions.checkArgument(
                    moments.put(parameter.name(), zero) == null,
                    "AdamW: the parameter '%s' comes twice",
                    parameter.name());
        }
    }

    /**
     * Returns everything that is trained.
     *
     * @return the parameters of all groups, in order
     */
    public List<Trainable> parameters() {
        return groups.stream().flatMap(group -> group.parameters().stream()).toList();
    }

    /**
     * Moves the parameters once.
     *
     * @param rate the learning rate
     * @param gradients what moves them; parameters without one stay as they are
     * @param factor multiplies every gradient first, for clipping and loss scaling
     * @throws IllegalArgumentException if a gradient belongs to no parameter
     */
    public void step(double rate, Gradients gradients, double factor) {
        Map<String, NDArray> given = gradients.tensors();
        Map<String, RowGradient> rows = gradients.rows();
        Set<String> unknown =
                Sets.difference(Sets.union(given.keySet(), rows.keySet()), moments.keySet());
        Preconditions.checkArgument(
                unknown.isEmpty(), "AdamW.step: gradients of no parameter: %s", unknown);
        AdamWBucket bucket = new AdamWBucket();
        for (ParameterGroup group : groups) {
            double[] settings = {
                rate, config.beta1(), config.beta2(), group.weightDecay(), config.eps(), factor
            };
            for (Trainable parameter : group.parameters()) {
                Moments own = moments.get(parameter.name());
                if (bucket.isFull(parameter.master().size())) {
                    bucket.step(settings);
                }
                if (rows.containsKey(parameter.name())) {
                    AdamWBucket.step(parameter, rows.get(parameter.name()), own, settings);
                } else if (given.containsKey(parameter.name())) {
                    bucket.add(parameter, given.get(parameter.name()), own);
                }
            }
            bucket.step(settings);
        }
    }

    /**
     * Returns the optimizer's state for a checkpoint.
     *
     * @return {@code exp_avg.NAME}, {@code exp_avg_sq.NAME} and {@code step.NAME} of every
     *     parameter: the live tensors, which later steps change
     */
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        moments.forEach(
                (name, m) -> {
                    state.put("exp_avg." + name, m.first());
                    state.put("exp_avg_sq." + name, m.second());
                    state.put("step." + name, m.steps());
                });
        return state;
    }

    /**
     * Returns the masters for a checkpoint.
     *
     * @return the master of every parameter by its name: the live tensors
     */
    public Map<String, NDArray> masters() {
        Map<String, NDArray> masters = new LinkedHashMap<>();
        parameters().forEach(p -> masters.put(p.name(), p.master()));
        return masters;
    }

    /**
     * Restores what {@link #masters} and {@link #state} returned, bit by bit, and the copies that
     * models compute with.
     *
     * @param savedMasters every master by its name, float32
     * @param savedState every tensor of the state by its name, float32
     * @throws IllegalArgumentException if one is missing, unknown or misshapen
     */
    public void restore(Map<String, NDArray> savedMasters, Map<String, NDArray> savedState) {
        TensorCopies.requireSame("AdamW.restore", masters(), savedMasters);
        TensorCopies.requireSame("AdamW.restore", state(), savedState);
        TensorCopies.overwrite(masters(), savedMasters);
        TensorCopies.overwrite(state(), savedState);
        for (Trainable parameter : parameters()) {
            if (parameter.hasCopy()) {
                Tensors.overwrite(parameter.model(), parameter.master());
            }
        }
    }
}
