package io.github.icthp.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipStage;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.Gradients;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A tower's forward pass, kept so that it can be differentiated stage by stage: every stage has a
 * graph of its own, and the chain rule between them is carried by hand. So a stage's activations
 * are freed as soon as its gradients are known, and with {@link Checkpointing#LAYER} they exist for
 * one stage at a time, and there for a few rows of the batch at a time.
 */
final class TowerTape implements AutoCloseable {

    private final StageWeights weights;
    private final Compute compute;
    private final boolean recompute;
    private final NDManager memory;
    private final Deque<Step> steps = new ArrayDeque<>();
    private NDArray x;

    /** A stage that gradients reach, with what its backward pass needs. */
    private record Step(ClipStage stage, NDArray input, @Nullable Recorded recorded) {}

    /** A stage's graph: from its input and weights, both leaves, to its output. */
    private record Recorded(NDArray input, StageLeaves weights, NDArray output) {}

    private TowerTape(StageWeights weights, Compute compute, boolean recompute, NDArray input) {
        this.weights = weights;
        this.compute = compute;
        this.recompute = recompute;
        this.memory = Torch.manager(input.getDevice());
        this.x = input;
    }

    /**
     * Runs a tower's stages.
     *
     * @param stages in order; what they need must stay open as long as the tape
     * @param input what the first takes; no gradient reaches it; it must stay open too
     */
    static TowerTape record(
            List<ClipStage> stages, NDArray input, StageWeights weights, Compute compute) {
        TowerTape tape = new TowerTape(weights, compute, compute.recomputes(), input);
        try {
            for (ClipStage stage : stages) {
                tape.run(stage);
            }
            return tape;
        } catch (RuntimeException | Error e) {
            tape.close();
            throw e;
        }
    }

    /** Runs a tower's stages without keeping anything but the features. */
    static NDArray forward(
            List<ClipStage> stages, NDArray input, StageWeights weights, Compute compute) {
        try (TensorScope scope = TensorScope.open();
                TowerTape tape = new TowerTape(weights, compute, true, input)) {
            for (ClipStage stage : stages) {
                tape.forget(stage);
            }
            return scope.keep(tape.x);
        }
    }

    /** The last stage's output. */
    NDArray features() {
        return x;
    }

    private void run(ClipStage stage) {
        if (steps.isEmpty() && !weights.isTrained(stage)) {
            forget(stage);
        } else if (recompute) {
            NDArray input = x;
            x = unrecorded(stage);
            steps.push(new Step(stage, input, null));
        } else {
            try (TensorScope scope = TensorScope.open()) {
                StageLeaves leaves = weights.leaves(stage, x);
                Rows all = Rows.whole(leaves.given().input()).get(0);
                Recorded recorded = graph(stage, leaves, all, !steps.isEmpty());
                scope.keep(recorded.input(), memory);
                scope.keep(recorded.output(), memory);
                recorded.weights().leaves().forEach(leaf -> keepCopy(scope, leaf));
                recorded.weights().given().rows().ifPresent(rows -> scope.keep(rows, memory));
                steps.push(new Step(stage, x, recorded));
                x = scope.keep(Autograd.detach(recorded.output()), memory);
            }
        }
    }

    /** Low-precision copies outlive the forward pass; parameters are no scope's to keep. */
    private void keepCopy(TensorScope scope, NDArray leaf) {
        if (leaf.getManager() == scope.manager()) {
            scope.keep(leaf, memory);
        }
    }

    /** Runs a stage and frees its input unless a backward pass will need it. */
    private void forget(ClipStage stage) {
        NDArray input = x;
        x = unrecorded(stage);
        closeOwn(input);
    }

    private NDArray unrecorded(ClipStage stage) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        return scope.keep(forward(stage), memory);
                    }
                });
    }

    private NDArray forward(ClipStage stage) {
        StageLeaves constants = weights.constants(stage, x);
        NDArray input = constants.given().input();
        List<NDArray> outputs = new ArrayList<>();
        for (Rows rows : passes(constants)) {
            try (TensorScope pass = TensorScope.open()) {
                outputs.add(
                        pass.keep(stage.forward(rows.of(input), rows.begin(), constants.dict())));
            }
        }
        return joined(outputs);
    }

    private static NDArray joined(List<NDArray> parts) {
        return parts.size() == 1 ? parts.get(0) : StageWeights.PROGRAM.call("join", parts);
    }

    /** A stage that reads rows of a table reads them for all texts at once. */
    private List<Rows> passes(StageLeaves weights) {
        StageInput given = weights.given();
        return recompute && given.rows().isEmpty()
                ? Rows.passes(given.input(), compute.passBytes())
                : Rows.whole(given.input());
    }

    private static Recorded graph(
            ClipStage stage, StageLeaves leaves, Rows rows, boolean differentiable) {
        NDArray given = rows.of(leaves.given().input());
        NDArray leaf = differentiable ? Autograd.leaf(given) : Autograd.detach(given);
        return Autograd.in(
                Autograd.Mode.GRADIENT,
                () -> new Recorded(leaf, leaves, stage.forward(leaf, rows.begin(), leaves.dict())));
    }

    /**
     * Differentiates, last stage first.
     *
     * @param upstream the gradient of the features, of their type
     * @param sink receives the gradients of the trained parameters
     */
    void backward(NDArray upstream, Gradients sink) {
        NDArray gradient = upstream;
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            boolean further = !steps.isEmpty();
            try (TensorScope scope = TensorScope.open()) {
                Optional<NDArray> next =
                        step.recorded() == null
                                ? recompute(step, gradient, sink, further)
                                : differentiate(step.recorded(), gradient, sink, further);
                if (gradient != upstream) {
                    gradient.close();
                }
                gradient = next.map(g -> scope.keep(g, memory)).orElse(upstream);
                release(step);
            }
        }
    }

    /** Computes a stage again and differentiates it, a few rows at a time. */
    private Optional<NDArray> recompute(
            Step step, NDArray upstream, Gradients sink, boolean further) {
        StageLeaves leaves = weights.leaves(step.stage(), step.input());
        List<Rows> passes = passes(leaves);
        GradientAccumulator sums =
                new GradientAccumulator(TensorScope.current(), leaves, passes.size());
        List<NDArray> inputs = new ArrayList<>();
        for (Rows rows : passes) {
            try (TensorScope pass = TensorScope.open()) {
                Recorded recorded = graph(step.stage(), leaves, rows, further);
                List<Optional<NDArray>> found = gradients(recorded, rows.of(upstream), further);
                sums.add(found.subList(0, leaves.leaves().size()));
                if (further) {
                    inputs.add(pass.keep(found.get(leaves.leaves().size()).orElseThrow()));
                }
            }
        }
        sums.give(sink);
        return further ? Optional.of(joined(inputs)) : Optional.empty();
    }

    private static Optional<NDArray> differentiate(
            Recorded recorded, NDArray upstream, Gradients sink, boolean further) {
        List<Optional<NDArray>> found = gradients(recorded, upstream, further);
        int trained = recorded.weights().leaves().size();
        recorded.weights().give(found.subList(0, trained), sink);
        return further ? found.get(trained) : Optional.empty();
    }

    /** Gradients of the leaves and, if they flow further, of the input. */
    private static List<Optional<NDArray>> gradients(
            Recorded recorded, NDArray upstream, boolean further) {
        List<NDArray> inputs = new ArrayList<>(recorded.weights().leaves());
        if (further) {
            inputs.add(recorded.input());
        }
        return Autograd.gradients(List.of(recorded.output()), List.of(upstream), inputs);
    }

    private void release(Step step) {
        Recorded recorded = step.recorded();
        if (recorded != null) {
            recorded.output().close();
            recorded.input().close();
            recorded.weights().leaves().forEach(this::closeOwn);
        }
        closeOwn(step.input());
    }

    private void closeOwn(NDArray tensor) {
        if (tensor.getManager() == memory) {
            tensor.close();
        }
    }

    /** Frees what the tape holds, and where memory is short gives back what the passes left. */
    @Override
    public void close() {
        memory.close();
        if (compute.recomputes()) {
            NativeMemory.trim();
        }
    }
}
