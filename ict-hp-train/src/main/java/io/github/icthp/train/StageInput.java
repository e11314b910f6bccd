package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a stage is given. U rows of the table of token embeddings stand for the whole table.
 *
 * @param input activations, or where each token's row lies among the rows
 * @param weights float32 weights by their names in the stage
 * @param rows int64 (U), the rows' places in the table; empty if the stage reads no table
 */
record StageInput(NDArray input, Map<String, NDArray> weights, Optional<NDArray> rows) {

    static StageInput whole(NDArray input, Map<String, NDArray> weights) {
        return new StageInput(input, weights, Optional.empty());
    }

    static StageInput rowsOf(NDArray table, NDArray ids, Map<String, NDArray> weights) {
        List<NDArray> distinct =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> StageWeights.PROGRAM.callList("distinct", ids));
        NDArray rows = distinct.get(0);
        Map<String, NDArray> compact = new LinkedHashMap<>(weights);
        compact.put(
                ClipTextTower.TOKEN_EMBEDDING,
                StageWeights.PROGRAM.call("table_rows", table, rows));
        return new StageInput(distinct.get(1), compact, Optional.of(rows));
    }

    /** Says whether a stage can compute with the parameters themselves. */
    boolean isWhole(DType type) {
        return type == DType.FLOAT32 && rows.isEmpty();
    }
}
