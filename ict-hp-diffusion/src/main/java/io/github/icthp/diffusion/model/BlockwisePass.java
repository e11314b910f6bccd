package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.primitives.Booleans;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A forward pass that remembers the boundaries between stages, and the way back.
 *
 * <p>The gradient is a vector-Jacobian product carried from stage to stage: each stage is computed
 * again from its boundary with gradients, differentiated and forgotten. Peak memory is one stage's
 * activations and the boundaries, and the gradients equal those of the whole graph.
 */
public final class BlockwisePass implements AutoCloseable {

    private final List<Stage> stages;
    private final TimedStep step;
    private final Optional<NDArray> time;
    private final NDManager owner;
    private final List<List<NDArray>> boundaries = new ArrayList<>();
    private final Map<String, NDArray> timeTrainable;
    private @Nullable NDArray timeGradient;

    BlockwisePass(List<Stage> stages, TimedStep plain, NDArray latents) {
        this.stages = stages;
        this.owner = Torch.manager(latents.getDevice());
        try (TensorScope scope = TensorScope.open(latents.getDevice())) {
            this.time = plain.embedTime().map(row -> scope.keep(row, owner));
        }
        this.step = plain.with(time);
        this.timeTrainable = time.isPresent() ? plain.timeTrainable() : Map.of();
        List<NDArray> state = List.of(latents);
        boundaries.add(state);
        for (Stage stage : stages) {
            try (TensorScope scope = TensorScope.open(latents.getDevice())) {
                state = stage.forward(state, step);
                state.stream()
                        .filter(tensor -> tensor.getManager() == scope.manager())
                        .forEach(tensor -> scope.keep(tensor, owner));
            }
            boundaries.add(state);
        }
    }

    /**
     * Returns the velocity.
     *
     * @return (B, C, h, w), owned by this pass
     */
    public NDArray velocity() {
        return boundaries.get(stages.size()).get(0);
    }

    /**
     * Carries a gradient back through the transformer.
     *
     * @param upstream the gradient that flows into the velocity, of its shape
     * @param withLatents whether the gradient of the latents is wanted
     * @return the gradients, owned by the innermost scope
     */
    public TransformerGradients gradients(NDArray upstream, boolean withLatents) {
        List<boolean[]> varying = varying(withLatents);
        Map<String, NDArray> adapters = new LinkedHashMap<>();
        List<Optional<NDArray>> flow = List.of(Optional.of(upstream));
        for (int i = stages.size() - 1; i >= 0; i--) {
            if (!isNeeded(i, varying.get(i))) {
                flow = List.of(Optional.empty());
                break;
            }
            List<Optional<NDArray>> next = back(i, varying.get(i), flow, adapters);
            if (i < stages.size() - 1) {
                flow.forEach(gradient -> gradient.ifPresent(NDArray::close));
            }
            flow = next;
        }
        if (timeGradient != null) {
            adapters.putAll(timeGradients(timeGradient));
        }
        return new TransformerGradients(flow.get(0), adapters);
    }

    /** Says whether any gradient is wanted of a stage or of one before it. */
    private boolean isNeeded(int i, boolean[] varying) {
        return followsTime(i)
                || !stages.get(i).weights().trainable().isEmpty()
                || Booleans.contains(varying, true);
    }

    /** Says whether a stage sees an embedding of time that is trained. */
    private boolean followsTime(int i) {
        return !timeTrainable.isEmpty() && !stages.get(i).weights().modulations().isEmpty();
    }

    /** Carries the gradient that came together from all stages back through the embedding. */
    private Map<String, NDArray> timeGradients(NDArray gradient) {
        Map<String, NDArray> adapters = new LinkedHashMap<>();
        try (TensorScope scope = TensorScope.open()) {
            NDArray recorded = Autograd.in(Mode.GRADIENT, () -> step.embedTime().orElseThrow());
            List<Optional<NDArray>> found =
                    Autograd.gradients(
                            recorded,
                            Tensors.cast(gradient, Tensors.dtype(recorded)),
                            List.copyOf(timeTrainable.values()));
            int next = 0;
            for (String name : timeTrainable.keySet()) {
                found.get(next++).ifPresent(g -> adapters.put(name, scope.keep(g)));
            }
        }
        return adapters;
    }

    /** Says for each boundary which of its tensors depend on the latents or on adapters. */
    private List<boolean[]> varying(boolean withLatents) {
        List<boolean[]> flags = new ArrayList<>();
        flags.add(new boolean[] {withLatents});
        for (int i = 0; i < stages.size(); i++) {
            int outputs = boundaries.get(i + 1).size();
            boolean[] varying = stages.get(i).varying(flags.get(i), outputs);
            if (followsTime(i)) {
                Arrays.fill(varying, true);
            }
            flags.add(varying);
        }
        return flags;
    }

    /** Differentiates stage i: fills in its adapters' gradients and returns those of its inputs. */
    private List<Optional<NDArray>> back(
            int i, boolean[] varying, List<Optional<NDArray>> flow, Map<String, NDArray> adapters) {
        Map<String, NDArray> trainable = stages.get(i).weights().trainable();
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> inputs = new ArrayList<>(boundaries.get(i));
            List<NDArray> wanted = new ArrayList<>();
            for (int j = 0; j < varying.length; j++) {
                if (varying[j]) {
                    inputs.set(j, Autograd.leaf(inputs.get(j)));
                    wanted.add(inputs.get(j));
                }
            }
            wanted.addAll(trainable.values());
            Optional<NDArray> seen = followsTime(i) ? time.map(Autograd::leaf) : time;
            if (followsTime(i)) {
                seen.ifPresent(wanted::add);
            }
            List<NDArray> outputs =
                    Autograd.in(
                            Mode.GRADIENT, () -> stages.get(i).forward(inputs, step.with(seen)));
            List<NDArray> reached = new ArrayList<>();
            List<NDArray> upstream = new ArrayList<>();
            for (int j = 0; j < outputs.size(); j++) {
                // What a stage only passes on may depend on nothing that is differentiated.
                if (flow.get(j).isPresent() && Autograd.requiresGradient(outputs.get(j))) {
                    reached.add(outputs.get(j));
                    upstream.add(flow.get(j).get());
                }
            }
            List<Optional<NDArray>> found = Autograd.gradients(reached, upstream, wanted);
            found.forEach(gradient -> gradient.ifPresent(scope::keep));
            List<Optional<NDArray>> result = new ArrayList<>();
            int next = 0;
            for (boolean wants : varying) {
                result.add(wants ? found.get(next++) : Optional.empty());
            }
            for (String name : trainable.keySet()) {
                found.get(next++).ifPresent(gradient -> adapters.put(name, gradient));
            }
            if (followsTime(i)) {
                found.get(next).ifPresent(this::addTimeGradient);
            }
            return result;
        }
    }

    /** Sums in float32, whatever the stages compute in. */
    private void addTimeGradient(NDArray gradient) {
        try (TensorScope scope = TensorScope.open()) {
            NDArray own = Tensors.cast(gradient, DType.FLOAT32);
            if (timeGradient == null) {
                timeGradient = scope.keep(Autograd.detach(own), owner);
            } else {
                timeGradient.addi(own);
            }
        }
        gradient.close();
    }

    /** What passes between stages: the latents first, the velocity last. */
    List<List<NDArray>> boundaries() {
        return boundaries;
    }

    /** Frees the boundaries. */
    @Override
    public void close() {
        owner.close();
    }
}
