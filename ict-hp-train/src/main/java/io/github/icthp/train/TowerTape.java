package io.github.icthp.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipStage;
import io.github.icthp.optim.Gradients;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Torch;

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
 * one stage at a time.
 */
final class TowerTape implements AutoCloseable {

    private final StageWeights weights;
    private final boolean recompute;
    private final NDManager memory;
    private final Deque<Step> steps = new ArrayDeque<>();
    private NDArray x;

    /** A stage that gradients reach, with what its backward pass needs. */
    private record Step(ClipStage stage, NDArray input, @Nullable Recorded recorded) {}

    /** A stage's graph: from its input and weights, both leaves, to its output. */
    private record Recorded(NDArray input, StageLeaves weights, NDArray output) {}

    private TowerTape(StageWeights weights, boolean recompute, NDArray input) {
        this.weights = weights;
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
            List<ClipStage> stages,
            NDArray input,
            StageWeights weights,
            Checkpointing checkpointing) {
        boolean recompute = checkpointing == Checkpointing.LAYER;
        TowerTape tape = new TowerTape(weights, recompute, input);
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
    static NDArray forward(List<ClipStage> stages, NDArray input, StageWeights weights) {
        try (TensorScope scope = TensorScope.open();
                TowerTape tape = new TowerTape(weights, true, input)) {
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
                Recorded recorded = graph(stage, x, !steps.isEmpty());
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
        if (input.getManager() == memory) {
            input.close();
        }
    }

    private NDArray unrecorded(ClipStage stage) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        return scope.keep(weights.forward(stage, x), memory);
                    }
                });
    }

    private Recorded graph(ClipStage stage, NDArray input, boolean differentiable) {
        StageLeaves leaves = weights.leaves(stage, input);
        NDArray given = leaves.given().input();
        NDArray leaf = differentiable ? Autograd.leaf(given) : Autograd.detach(given);
        return Autograd.in(
                Autograd.Mode.GRADIENT,
                () -> new Recorded(leaf, leaves, stage.forward(leaf, leaves.dict())));
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
            boolean first = steps.isEmpty();
            try (TensorScope scope = TensorScope.open()) {
                Recorded recorded =
                        step.recorded() == null
                                ? graph(step.stage(), step.input(), !first)
                                : step.recorded();
                Optional<NDArray> next = differentiate(recorded, gradient, sink, !first);
                if (gradient != upstream) {
                    gradient.close();
                }
                gradient = next.map(g -> scope.keep(g, memory)).orElse(upstream);
                release(recorded, step);
            }
        }
    }

    private static Optional<NDArray> differentiate(
            Recorded recorded, NDArray upstream, Gradients sink, boolean further) {
        List<NDArray> inputs = new ArrayList<>(recorded.weights().leaves());
        if (further) {
            inputs.add(recorded.input());
        }
        List<Optional<NDArray>> found =
                Autograd.gradients(List.of(recorded.output()), List.of(upstream), inputs);
        int trained = recorded.weights().leaves().size();
        recorded.weights().give(found.subList(0, trained), sink);
        return further ? found.get(trained) : Optional.empty();
    }

    private void release(Recorded recorded, Step step) {
        recorded.output().close();
        recorded.input().close();
        for (NDArray leaf : recorded.weights().leaves()) {
            if (leaf.getManager() == memory) {
                leaf.close();
            }
        }
        if (step.input().getManager() == memory) {
            step.input().close();
        }
    }

    /** Frees what the tape holds. */
    @Override
    public void close() {
        memory.close();
    }
}
