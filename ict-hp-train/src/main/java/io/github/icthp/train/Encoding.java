package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipPass;
import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;
import io.github.icthp.training.Gradients;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Features of a shard, with what their backward pass needs. n is the shard's size. */
final class Encoding implements AutoCloseable {

    private final List<Recorded> towers = new ArrayList<>();
    private final List<NDArray> constants;
    private final boolean recomputes;

    /**
     * A tower's way to features of k n rows; {@code rows}: what stands for a table of embeddings.
     */
    private record Tower(
            List<Stage> stages, PassInputs inputs, int ranks, Optional<TokenRows> rows) {

        static Tower of(RankedPass ranked, TowerWeights weights) {
            ClipPass pass = ranked.pass();
            boolean readsTokens =
                    pass.stages()
                            .get(0)
                            .weights()
                            .tensors()
                            .containsKey(ClipTextTower.TOKEN_EMBEDDING);
            Optional<TokenRows> rows =
                    readsTokens ? Optional.of(TokenRows.of(pass.input())) : Optional.empty();
            PassInputs inputs =
                    PassInputs.constant(rows.map(TokenRows::places).orElse(pass.input()))
                            .withContext(List.of(pass.pooled()), false);
            return new Tower(weights.stages(pass, rows), inputs, ranked.ranks(), rows);
        }
    }

    private record Recorded(Tower tower, StagedPass pass) {}

    private Encoding(List<NDArray> constants, boolean recomputes) {
        this.constants = constants;
        this.recomputes = recomputes;
    }

    /**
     * Encodes so that it can be differentiated.
     *
     * @param passes the passes through the towers; what they need stays open as long as the
     *     encoding
     * @param constants features that are not differentiated, after the others
     * @param weights what the towers compute with
     */
    static Encoding record(List<RankedPass> passes, List<NDArray> constants, TowerWeights weights) {
        Encoding encoding = new Encoding(constants, weights.compute().recomputes());
        for (RankedPass ranked : passes) {
            Tower tower = Tower.of(ranked, weights);
            StagedPass pass =
                    StagedPass.record(
                            tower.stages(), tower.inputs(), weights.compute().activations());
            encoding.towers.add(new Recorded(tower, pass));
        }
        return encoding;
    }

    /** Encodes and keeps the features alone, as {@link #features()} has them. */
    static List<NDArray> features(
            List<RankedPass> passes, List<NDArray> constants, TowerWeights weights) {
        List<NDArray> all = new ArrayList<>();
        for (RankedPass ranked : passes) {
            Tower tower = Tower.of(ranked, weights);
            List<NDArray> found =
                    StagedPass.forward(tower.stages(), tower.inputs(), weights.compute().inRows());
            all.add(byRank(found.get(0), tower.ranks()));
        }
        all.addAll(constants);
        return all;
    }

    private static NDArray byRank(NDArray features, int ranks) {
        return Shard.PROGRAM.call("by_rank", features, ranks);
    }

    /** Features by kind, each (k, n, width): k images or texts for each triplet. */
    List<NDArray> features() {
        List<NDArray> all = new ArrayList<>();
        towers.forEach(each -> all.add(byRank(each.pass().output(), each.tower().ranks())));
        all.addAll(constants);
        return all;
    }

    /**
     * Differentiates.
     *
     * @param upstream gradients of the features that can be differentiated, the first ones, each (k
     *     n, width)
     * @param sink receives the gradients of the trained parameters
     */
    void backward(List<NDArray> upstream, Gradients sink) {
        for (int i = 0; i < towers.size(); i++) {
            Tower tower = towers.get(i).tower();
            towers.get(i)
                    .pass()
                    .backward(
                            upstream.get(i),
                            (name, gradient) -> {
                                if (name.endsWith(ClipTextTower.TOKEN_EMBEDDING)) {
                                    sink.addRows(
                                            name, tower.rows().orElseThrow().gradient(gradient));
                                } else {
                                    sink.add(name, gradient);
                                }
                            });
        }
    }

    /** Frees features and graphs, and where memory is short gives back what the passes left. */
    @Override
    public void close() {
        towers.forEach(tower -> tower.pass().close());
        if (recomputes) {
            NativeMemory.trim();
        }
    }
}
