package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The graph of one stage: from leaves, which are state, weights and context, to its outputs.
 *
 * @param outputs what the stage returned, recorded
 * @param state one leaf for each tensor of the state; empty where none is differentiated
 * @param weights the trained weights by name
 * @param context one leaf for each tensor of the context; empty where none is differentiated
 */
record StageGraph(
        List<NDArray> outputs,
        List<Optional<NDArray>> state,
        Map<String, NDArray> weights,
        List<Optional<NDArray>> context) {

    /** Gradients of the leaves, in their order; empty where nothing flows. */
    record Found(
            List<Optional<NDArray>> state,
            List<Optional<NDArray>> weights,
            List<Optional<NDArray>> context) {}

    /**
     * Runs a stage with a graph of its own.
     *
     * @param varying which tensors of the state are differentiated
     * @param contextVaries whether the context is
     */
    static StageGraph record(
            Stage prepared,
            List<NDArray> state,
            List<Boolean> varying,
            List<NDArray> context,
            boolean contextVaries) {
        List<Optional<NDArray>> stateLeaves = new ArrayList<>();
        List<NDArray> stateInputs = new ArrayList<>();
        for (int i = 0; i < varying.size(); i++) {
            add(state.get(i), varying.get(i), stateLeaves, stateInputs);
        }
        List<Optional<NDArray>> contextLeaves = new ArrayList<>();
        List<NDArray> contextInputs = new ArrayList<>();
        for (NDArray tensor : context) {
            add(tensor, contextVaries, contextLeaves, contextInputs);
        }
        List<NDArray> outputs =
                Autograd.in(
                        Autograd.Mode.GRADIENT, () -> prepared.forward(stateInputs, contextInputs));
        return new StageGraph(outputs, stateLeaves, prepared.trainable(), contextLeaves);
    }

    private static void add(
            NDArray tensor, boolean varies, List<Optional<NDArray>> leaves, List<NDArray> inputs) {
        NDArray input = varies ? Autograd.leaf(tensor) : tensor;
        inputs.add(input);
        leaves.add(varies ? Optional.of(input) : Optional.empty());
    }

    /** Differentiates; the graph is freed. */
    Found gradients(List<Optional<NDArray>> upstream) {
        List<NDArray> reached = new ArrayList<>();
        List<NDArray> flows = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            if (upstream.get(i).isPresent() && Autograd.requiresGradient(outputs.get(i))) {
                reached.add(outputs.get(i));
                flows.add(upstream.get(i).get());
            }
        }
        List<NDArray> wanted = leaves().toList();
        List<Optional<NDArray>> found =
                reached.isEmpty() || wanted.isEmpty()
                        ? wanted.stream().map(leaf -> Optional.<NDArray>empty()).toList()
                        : Autograd.gradients(reached, flows, wanted);
        int states = (int) state.stream().flatMap(Optional::stream).count();
        int end = states + weights.size();
        return new Found(
                aligned(state, found.subList(0, states)),
                found.subList(states, end),
                aligned(context, found.subList(end, found.size())));
    }

    /** Gradients of the leaves that there are, in the places of all. */
    private static List<Optional<NDArray>> aligned(
            List<Optional<NDArray>> leaves, List<Optional<NDArray>> found) {
        List<Optional<NDArray>> all = new ArrayList<>();
        int next = 0;
        for (Optional<NDArray> leaf : leaves) {
            all.add(leaf.isPresent() ? found.get(next++) : Optional.empty());
        }
        return all;
    }

    private Stream<NDArray> leaves() {
        return Stream.of(
                        state.stream().flatMap(Optional::stream),
                        weights.values().stream(),
                        context.stream().flatMap(Optional::stream))
                .flatMap(each -> each);
    }

    /** Moves what was made in a scope; weights themselves are no scope's to move. */
    void keep(TensorScope scope, NDManager memory) {
        Stream.concat(outputs.stream(), leaves())
                .filter(tensor -> tensor.getManager() == scope.manager())
                .toList()
                .forEach(tensor -> scope.keep(tensor, memory));
    }

    /** Frees what was kept. */
    void release(NDManager memory) {
        Stream.concat(outputs.stream(), leaves())
                .filter(tensor -> tensor.getManager() == memory)
                .toList()
                .forEach(NDArray::close);
    }
}
