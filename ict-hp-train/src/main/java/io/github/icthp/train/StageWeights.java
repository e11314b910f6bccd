package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipStage;
import io.github.icthp.clip.ClipTextTower;
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
import java.util.Set;

/**
 * What the stages of a model compute with: its parameters themselves in float32, else copies in a
 * lower precision made when a stage runs, so that gradients stay in that precision until they are
 * summed and the parameters stay float32 masters. Frozen stages are given in that precision. Of the
 * table of token embeddings only the rows that a batch reads are used, and have gradients.
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

    DType type() {
        return type;
    }

    boolean isTrained(ClipStage stage) {
        return stage.weights().tensors().values().stream().anyMatch(trained::containsKey);
    }

    /** Leaves for one forward and backward pass; copies are owned by the innermost scope. */
    StageLeaves leaves(ClipStage stage, NDArray input) {
        StageInput given = given(stage, input);
        List<String> names = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        stage.weights()
                .tensors()
                .forEach(
                        (key, parameter) -> {
                            if (trained.containsKey(parameter)) {
                                names.add(trained.get(parameter));
                                keys.add(key);
                            }
                        });
        TensorDict dict = given.isWhole(type) ? stage.weights() : copies(given, keys);
        List<NDArray> leaves = keys.stream().map(dict::get).toList();
        return new StageLeaves(names, leaves, dict, given);
    }

    /** What a stage computes with when nothing is recorded: the same without leaves. */
    StageLeaves constants(ClipStage stage, NDArray input) {
        StageInput given = given(stage, input);
        return new StageLeaves(List.of(), List.of(), constants(stage, given), given);
    }

    private TensorDict constants(ClipStage stage, StageInput given) {
        if (given.isWhole(type)) {
            return stage.weights();
        }
        if (isTrained(stage) || given.rows().isPresent()) {
            return copies(given, List.of());
        }
        return frozen.computeIfAbsent(stage.weights(), this::frozenCopy);
    }

    private TensorDict frozenCopy(TensorDict own) {
        try (TensorScope scope = TensorScope.open()) {
            Map<String, NDArray> copies = cast("constants", own.tensors());
            copies.values().forEach(tensor -> scope.keep(tensor, own.owner()));
            return new TensorDict(copies, own.owner());
        }
    }

    /** Where a stage reads a table by ids, the rows that it reads take the table's place. */
    private static StageInput given(ClipStage stage, NDArray input) {
        Map<String, NDArray> tensors = stage.weights().tensors();
        NDArray table = tensors.get(ClipTextTower.TOKEN_EMBEDDING);
        return table == null
                ? StageInput.whole(input, tensors)
                : StageInput.rowsOf(table, input, tensors);
    }

    private TensorDict copies(StageInput given, List<String> trainedKeys) {
        Map<String, NDArray> constants = new LinkedHashMap<>(given.weights());
        constants.keySet().removeAll(Set.copyOf(trainedKeys));
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        trainedKeys.forEach(key -> leaves.put(key, given.weights().get(key)));
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
