package io.github.icthp.torch.staged;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Booleans;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A forward pass through stages that can be gone back through stage by stage.
 *
 * <p>Every stage has a graph of its own, and the chain rule between them is a vector-Jacobian
 * product carried from the last stage to the first. A stage's activations are freed as soon as its
 * gradients are known; where they are {@linkplain Activations recomputed} they exist for one stage
 * at a time, there for a few rows of the batch at a time, and peak memory is what passes from stage
 * to stage and one stage's activations. The gradients are those of the whole graph.
 *
 * <pre>{@code
 * try (StagedPass pass =
 *         StagedPass.record(stages, PassInputs.differentiated(x), Activations.recomputed())) {
 *     NDArray upstream = gradientOfLoss(pass.output());
 *     NDArray gradient = pass.backward(upstream, sums::add).ofState();
 * }
 * }</pre>
 *
 * <p>What a pass holds is freed on the way back, at {@link #close}, or with the scope that was
 * innermost when it was recorded.
 */
public final class StagedPass implements AutoCloseable {

    static final TorchProgram PROGRAM = TorchProgram.of(StagedPass.class, "staged.torchscript");

    private final PassInputs inputs;
    private final Activations activations;
    private final Device device;
    private final NDManager memory;
    private final GradientSums contextSums;
    private final Deque<Step> steps = new ArrayDeque<>();
    private List<NDArray> state;
    private boolean[] varying;
    private boolean wentBack;

    /** A stage that gradients reach, what it was given, and its graph if that is kept. */
    private record Step(
            Stage stage, List<NDArray> state, List<Boolean> varying, @Nullable StageGraph graph) {}

    private StagedPass(PassInputs inputs, Activations activations) {
        TensorScope scope = TensorScope.current();
        this.inputs = inputs;
        this.activations = activations;
        this.state = inputs.state();
        this.device = state.isEmpty() ? scope.manager().getDevice() : state.get(0).getDevice();
        this.memory = scope.manager().newSubManager(device);
        this.contextSums = new GradientSums(memory);
        this.varying = new boolean[state.size()];
        Arrays.fill(varying, inputs.differentiatesState());
    }

    /**
     * Runs stages and keeps what the way back needs.
     *
     * @param stages in order; what they compute with stays open as long as the pass
     * @param inputs what they begin with
     * @param activations what is kept
     * @return the pass
     */
    public static StagedPass record(
            List<? extends Stage> stages, PassInputs inputs, Activations activations) {
        StagedPass pass = new StagedPass(inputs, activations);
        try {
            for (Stage stage : stages) {
                pass.run(stage);
            }
            return pass;
        } catch (RuntimeException | Error e) {
            pass.close();
            throw e;
        }
    }

    /**
     * Runs stages without gradients, and keeps what the last one returns alone.
     *
     * @param stages in order
     * @param inputs what they begin with
     * @param activations of which only the limit on rows counts
     * @return what the last stage returned, owned by the innermost scope
     */
    public static List<NDArray> forward(
            List<? extends Stage> stages, PassInputs inputs, Activations activations) {
        NDManager owner = TensorScope.current().manager();
        try (StagedPass pass = new StagedPass(inputs, activations)) {
            for (Stage stage : stages) {
                pass.skip(stage);
            }
            pass.state.stream().filter(pass::isOwn).forEach(tensor -> tensor.attach(owner));
            return pass.state;
        }
    }

    /**
     * Runs stages in the mode of the thread: in {@link Autograd.Mode#GRADIENT} as one graph. What
     * passes from stage to stage is closed (a graph keeps what it needs).
     *
     * @param stages in order
     * @param state what the first takes; stays open
     * @param context what every stage may read
     * @return what the last stage returned, owned by the innermost scope
     */
    public static List<NDArray> through(
            List<? extends Stage> stages, List<NDArray> state, List<NDArray> context) {
        NDManager owner = TensorScope.current().manager();
        List<NDArray> x = state;
        for (Stage stage : stages) {
            List<NDArray> next = stage.forward(x, context);
            for (NDArray tensor : x) {
                if (tensor.getManager() == owner
                        && !contains(next, tensor)
                        && !contains(state, tensor)) {
                    tensor.close();
                }
            }
            x = next;
        }
        return x;
    }

    /**
     * Returns what the last stage returned, without history.
     *
     * @return the tensors, owned by this pass
     */
    public List<NDArray> outputs() {
        return state;
    }

    /**
     * Returns the output of a last stage that returns one tensor.
     *
     * @return the tensor, owned by this pass
     */
    public NDArray output() {
        return state.get(0);
    }

    private void run(Stage stage) {
        if (!isDifferentiated(stage, varying)) {
            skip(stage);
        } else if (activations.recomputes()) {
            List<NDArray> given = state;
            state = compute(stage);
            push(stage, given, null);
        } else {
            try (TensorScope scope = TensorScope.open(device)) {
                List<NDArray> given = state;
                StageGraph graph =
                        graph(stage.prepared(), given, Booleans.asList(varying), inputs.context());
                graph.keep(scope, memory);
                List<NDArray> outputs = new ArrayList<>();
                for (NDArray output : graph.outputs()) {
                    outputs.add(scope.keep(Autograd.detach(output), memory));
                }
                state = outputs;
                push(stage, given, graph);
            }
        }
    }

    private void push(Stage stage, List<NDArray> given, @Nullable StageGraph graph) {
        steps.push(new Step(stage, given, Booleans.asList(varying), graph));
        boolean all = followsContext(stage);
        varying = all ? new boolean[state.size()] : stage.varying(varying, state.size());
        if (all) {
            Arrays.fill(varying, true);
        }
    }

    private boolean isDifferentiated(Stage stage, boolean[] given) {
        return Booleans.contains(given, true)
                || !stage.trainable().isEmpty()
                || followsContext(stage);
    }

    private boolean followsContext(Stage stage) {
        return inputs.differentiatesContext() && stage.readsContext();
    }

    /** Runs a stage that no gradient reaches, so that none flows through it either. */
    private void skip(Stage stage) {
        List<NDArray> given = state;
        state = compute(stage);
        varying = new boolean[state.size()];
        while (!steps.isEmpty()) {
            release(steps.pop());
        }
        release(given, List.of());
    }

    /** Runs a stage without a graph. */
    private List<NDArray> compute(Stage stage) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(device)) {
                        return kept(scope, inRows(stage.prepared()), memory);
                    }
                });
    }

    private List<NDArray> inRows(Stage prepared) {
        List<RowRange> parts = RowRange.parts(state, activations.bytesAtOnce());
        if (parts.size() == 1) {
            return prepared.forward(state, inputs.context());
        }
        NDManager whole = TensorScope.current().manager();
        List<List<NDArray>> outputs = new ArrayList<>();
        for (RowRange rows : parts) {
            try (TensorScope part = TensorScope.open(device)) {
                List<NDArray> found = prepared.forward(rows.of(state), rows.of(inputs.context()));
                outputs.add(kept(part, found, whole));
            }
        }
        List<NDArray> joined = new ArrayList<>();
        for (int i = 0; i < outputs.get(0).size(); i++) {
            int index = i;
            joined.add(PROGRAM.call("join", outputs.stream().map(o -> o.get(index)).toList()));
        }
        return joined;
    }

    /** Moves what was made in a scope; a stage may return what is another's. */
    private static List<NDArray> kept(TensorScope scope, List<NDArray> tensors, NDManager target) {
        tensors.stream()
                .filter(tensor -> tensor.getManager() == scope.manager())
                .forEach(tensor -> scope.keep(tensor, target));
        return tensors;
    }

    private StageGraph graph(
            Stage prepared, List<NDArray> given, List<Boolean> varies, List<NDArray> context) {
        return StageGraph.record(prepared, given, varies, context, followsContext(prepared));
    }

    /**
     * Goes back through a pass whose last stage returned one tensor.
     *
     * @param upstream the gradient that flows into the output, of its shape and type
     * @param weights receives the gradient of each trained weight by its name, as {@link
     *     #backward(List, BiConsumer)} says
     * @return the gradients of what the pass began with
     * @throws IllegalStateException if this was done before
     */
    public PassGradients backward(NDArray upstream, BiConsumer<String, NDArray> weights) {
        return backward(List.of(Optional.of(upstream)), weights);
    }

    /**
     * Goes back through the pass, last stage first. What was kept is freed on the way.
     *
     * @param upstream the gradient that flows into each output, of its shape and type; empty for
     *     none
     * @param weights receives the gradient of each trained weight by its name, in the type of what
     *     the stage computed with, owned by the innermost scope
     * @return the gradients of what the pass began with, owned by the innermost scope
     * @throws IllegalStateException if this was done before
     */
    public PassGradients backward(
            List<Optional<NDArray>> upstream, BiConsumer<String, NDArray> weights) {
        Preconditions.checkState(
                !wentBack,
                "StagedPass: went back through these stages before; run them forward again");
        wentBack = true;
        NDManager owner = TensorScope.current().manager();
        BiConsumer<String, NDArray> outwards =
                (name, gradient) -> {
                    gradient.attach(owner);
                    weights.accept(name, gradient);
                };
        List<Optional<NDArray>> arriving = upstream;
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try (TensorScope scope = TensorScope.open(device)) {
                List<Optional<NDArray>> next = back(step, arriving, outwards);
                if (arriving != upstream) {
                    arriving.forEach(gradient -> gradient.ifPresent(NDArray::close));
                }
                next.forEach(gradient -> gradient.ifPresent(g -> scope.keep(g, memory)));
                arriving = next;
                release(step);
            }
        }
        return new PassGradients(stateGradients(arriving, upstream), contextGradients());
    }

    private List<Optional<NDArray>> stateGradients(
            List<Optional<NDArray>> arriving, List<Optional<NDArray>> upstream) {
        if (!inputs.differentiatesState()) {
            return inputs.state().stream().map(tensor -> Optional.<NDArray>empty()).toList();
        }
        if (arriving != upstream) {
            NDManager owner = TensorScope.current().manager();
            arriving.forEach(gradient -> gradient.ifPresent(g -> g.attach(owner)));
        }
        return arriving;
    }

    private List<Optional<NDArray>> contextGradients() {
        List<Optional<NDArray>> gradients = new ArrayList<>();
        for (int i = 0; i < inputs.context().size(); i++) {
            gradients.add(contextSums.take(i, inputs.context().get(i)));
        }
        return gradients;
    }

    /** Differentiates a stage and returns the gradients of what it was given. */
    private List<Optional<NDArray>> back(
            Step step, List<Optional<NDArray>> arriving, BiConsumer<String, NDArray> weights) {
        StageGraph kept = step.graph();
        if (kept != null) {
            return whole(kept, arriving, weights);
        }
        Stage prepared = step.stage().prepared();
        List<RowRange> parts = RowRange.parts(step.state(), activations.bytesAtOnce());
        return parts.size() == 1
                ? whole(
                        graph(prepared, step.state(), step.varying(), inputs.context()),
                        arriving,
                        weights)
                : inRows(prepared, step, parts, arriving, weights);
    }

    private List<Optional<NDArray>> whole(
            StageGraph graph,
            List<Optional<NDArray>> arriving,
            BiConsumer<String, NDArray> weights) {
        StageGraph.Found found = graph.gradients(arriving);
        int i = 0;
        for (String name : graph.weights().keySet()) {
            found.weights().get(i++).ifPresent(gradient -> weights.accept(name, gradient));
        }
        contextSums.add(found.context());
        return found.state();
    }

    /** Computes a stage again and differentiates it, a few rows of the batch at a time. */
    private List<Optional<NDArray>> inRows(
            Stage prepared,
            Step step,
            List<RowRange> parts,
            List<Optional<NDArray>> arriving,
            BiConsumer<String, NDArray> weights) {
        GradientSums sums = new GradientSums(TensorScope.current().manager());
        List<List<Optional<NDArray>>> states = new ArrayList<>();
        List<List<Optional<NDArray>>> contexts = new ArrayList<>();
        for (RowRange rows : parts) {
            try (TensorScope part = TensorScope.open(device)) {
                StageGraph graph =
                        graph(
                                prepared,
                                rows.of(step.state()),
                                step.varying(),
                                rows.of(inputs.context()));
                StageGraph.Found found = graph.gradients(rows.ofPresent(arriving));
                sums.add(found.weights());
                found.state().forEach(gradient -> gradient.ifPresent(part::keep));
                found.context().forEach(gradient -> gradient.ifPresent(part::keep));
                states.add(found.state());
                contexts.add(found.context());
            }
        }
        int i = 0;
        for (String name : prepared.trainable().keySet()) {
            NDArray weight = prepared.trainable().get(name);
            sums.take(i++, weight).ifPresent(gradient -> weights.accept(name, gradient));
        }
        contextSums.add(joined(contexts));
        return joined(states);
    }

    /** The gradients of a batch from those of its parts, which all flow or all do not. */
    private static List<Optional<NDArray>> joined(List<List<Optional<NDArray>>> parts) {
        List<Optional<NDArray>> whole = new ArrayList<>();
        for (int i = 0; i < parts.get(0).size(); i++) {
            int index = i;
            List<NDArray> rows =
                    parts.stream().map(part -> part.get(index)).flatMap(Optional::stream).toList();
            whole.add(rows.isEmpty() ? Optional.empty() : Optional.of(PROGRAM.call("join", rows)));
        }
        return whole;
    }

    private void release(Step step) {
        if (step.graph() != null) {
            step.graph().release(memory);
        }
        Step before = steps.peek();
        release(step.state(), before == null ? List.of() : before.state());
    }

    /** Frees tensors that this pass owns, but for its outputs and others that are needed still. */
    private void release(List<NDArray> tensors, List<NDArray> needed) {
        tensors.stream()
                .filter(tensor -> isOwn(tensor) && !contains(needed, tensor))
                .filter(tensor -> !contains(state, tensor))
                .forEach(NDArray::close);
    }

    private boolean isOwn(NDArray tensor) {
        return tensor.getManager() == memory;
    }

    /** By identity: what NDArray.equals compares is values. */
    private static boolean contains(List<NDArray> tensors, NDArray wanted) {
        return tensors.stream().anyMatch(tensor -> tensor == wanted);
    }

    /**
     * Returns what passed from stage to stage, as far as it is kept: what the first stage took that
     * gradients reach, up to what the last one returned.
     *
     * @return the states in order, owned by this pass but for the first
     */
    public List<List<NDArray>> states() {
        List<List<NDArray>> all = new ArrayList<>(List.of(state));
        steps.forEach(step -> all.add(0, step.state()));
        return all;
    }

    /** Frees everything that the pass still holds, its output among it. */
    @Override
    public void close() {
        memory.close();
    }
}
