package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipStage;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the stages of a model compute with: its parameters themselves in float32, else copies in a
 * lower precision made when a stage runs, so that gradients stay in that precision until they are
 * summed and the parameters stay float32 masters. Copies of frozen stages are made once.
 */
final class StageWeights {

    static final TorchProgram PROGRAM = TorchProgram.of(StageWeights.class, "train.torchscript");

    private final IdentityHashMap<NDArray, String> trained = new IdentityHashMap<>();
    private final IdentityHashMap<TensorDict, TensorDict> frozen = new IdentityHashMap<>();
    private final DType type;

    /**
     * Lets gradients reach what is trained.
     *
     * @param parameters the trained float32 parameters by their names in checkpoints
     * @param type what stages compute in
     */
    StageWeights(Map<String, NDArray> parameters, DType type) {
        this.type = type;
        parameters.forEach(
                (name, parameter) -> {
                    parameter.setRequiresGradient(true);
                    trained.put(parameter, name);
                });
    }

    /**
     * A stage's weights as leaves of its graph.
     *
     * @param names the trained ones' names
     * @param leaves the trained ones, in the same order
     * @param dict all of them, under their names in the stage
     */
    record Leaves(List<String> names, List<NDArray> leaves, TensorDict dict) {}

    DType type() {
        return type;
    }

    boolean isTrained(ClipStage stage) {
        return stage.weights().tensors().values().stream().anyMatch(trained::containsKey);
    }

    /** Leaves for one forward and backward pass; copies are owned by the innermost scope. */
    Leaves leaves(ClipStage stage) {
        TensorDict own = stage.weights();
        List<String> names = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        own.tensors()
                .forEach(
                        (key, parameter) -> {
                            if (trained.containsKey(parameter)) {
                                names.add(trained.get(parameter));
                                keys.add(key);
                            }
                        });
        TensorDict dict = type == DType.FLOAT32 ? own : copies(own, keys);
        return new Leaves(names, keys.stream().map(dict::get).toList(), dict);
    }

    /** Weights that no gradient reaches, for a pass that is not recorded. */
    TensorDict constants(ClipStage stage) {
        TensorDict own = stage.weights();
        if (type == DType.FLOAT32) {
            return own;
        }
        if (isTrained(stage)) {
            return copy(own);
        }
        return frozen.computeIfAbsent(own, this::frozenCopy);
    }

    private TensorDict frozenCopy(TensorDict own) {
        try (TensorScope scope = TensorScope.open()) {
            TensorDict copy = copy(own);
            copy.tensors().values().forEach(tensor -> scope.keep(tensor, own.owner()));
            return new TensorDict(copy.tensors(), own.owner());
        }
    }

    private TensorDict copy(TensorDict own) {
        return new TensorDict(cast("constants", own.tensors()), TensorScope.current().manager());
    }

    private TensorDict copies(TensorDict own, List<String> trainedKeys) {
        Map<String, NDArray> constants = new LinkedHashMap<>(own.tensors());
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        trainedKeys.forEach(key -> leaves.put(key, constants.remove(key)));
        Map<String, NDArray> all = new LinkedHashMap<>(cast("constants", constants));
        all.putAll(cast("leaves", leaves));
        return new TensorDict(all, TensorScope.current().manager());
    }

    private Map<String, NDArray> cast(String method, Map<String, NDArray> tensors) {
        Map<String, NDArray> result = new LinkedHashMap<>();
        if (tensors.isEmpty()) {
            return result;
        }
        List<NDArray> copies =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> PROGRAM.callList(method, tensors.values(), type.code()));
        int i = 0;
        for (String key : tensors.keySet()) {
            result.put(key, copies.get(i++));
        }
        return result;
    }
}
