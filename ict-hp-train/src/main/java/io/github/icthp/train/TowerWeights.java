package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipPass;
import io.github.icthp.clip.ClipStage;
import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.staged.Stage;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the stages of towers compute with: their parameters themselves in float32, else copies in a
 * lower precision made when a stage runs, so that gradients stay in that precision until they are
 * summed and the parameters stay float32 masters. Frozen parameters are in that precision already.
 */
final class TowerWeights {

    private final IdentityHashMap<NDArray, String> trained = new IdentityHashMap<>();
    private final Compute compute;

    /**
     * Lets gradients reach what is trained.
     *
     * @param parameters the trained float32 parameters by their names in checkpoints
     * @param compute how stages compute
     */
    TowerWeights(Map<String, NDArray> parameters, Compute compute) {
        this.compute = compute;
        parameters.forEach(
                (name, parameter) -> {
                    parameter.setRequiresGradient(true);
                    trained.put(parameter, name);
                });
    }

    Compute compute() {
        return compute;
    }

    /** The stages of a pass with these weights. {@code rows}: what stands for a table. */
    List<Stage> stages(ClipPass pass, Optional<TokenRows> rows) {
        List<Stage> stages = new ArrayList<>();
        for (ClipStage stage : pass.stages()) {
            Map<String, String> names = new LinkedHashMap<>();
            stage.weights()
                    .tensors()
                    .forEach(
                            (key, parameter) -> {
                                if (trained.containsKey(parameter)) {
                                    names.put(key, trained.get(parameter));
                                }
                            });
            Optional<TokenRows> own = stages.isEmpty() ? rows : Optional.empty();
            stages.add(new TrainedStage(stage, names, compute.type(), own));
        }
        return stages;
    }

    /**
     * A stage of which weights are trained.
     *
     * @param names the trained weights' names in checkpoints, by those in the stage
     */
    private record TrainedStage(
            ClipStage stage, Map<String, String> names, DType type, Optional<TokenRows> rows)
            implements Stage {

        @Override
        public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
            return stage.forward(state, context);
        }

        @Override
        public Map<String, NDArray> trainable() {
            Map<String, NDArray> leaves = new LinkedHashMap<>();
            names.forEach((key, name) -> leaves.put(name, stage.weights().get(key)));
            return leaves;
        }

        @Override
        public Stage prepared() {
            boolean usesParameters = names.isEmpty() || type == DType.FLOAT32;
            return usesParameters && rows.isEmpty() ? this : withCopies();
        }

        private Stage withCopies() {
            Map<String, NDArray> weights = new LinkedHashMap<>(stage.weights().tensors());
            rows.ifPresent(
                    used ->
                            weights.computeIfPresent(
                                    ClipTextTower.TOKEN_EMBEDDING,
                                    (key, table) -> used.pick(table)));
            List<NDArray> originals = names.keySet().stream().map(weights::get).toList();
            List<NDArray> leaves =
                    Autograd.in(
                            Autograd.Mode.NO_GRADIENT,
                            () -> Shard.PROGRAM.callList("leaves", originals, type.code()));
            int i = 0;
            for (String key : names.keySet()) {
                weights.put(key, leaves.get(i++));
            }
            TensorDict dict = new TensorDict(weights, TensorScope.current().manager());
            return new TrainedStage(stage.with(dict), names, type, Optional.empty());
        }
    }
}
