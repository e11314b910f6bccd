package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipPass;
import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.StagedPass;
import io.github.icthp.training.Gradients;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Features of a shard, with what their backward pass needs. n is the shard's size. */
final class Encoding implements AutoCloseable {

    private final List<Tower> towers = new ArrayList<>();
    private final List<NDArray> constants;
    private final Compute compute;

    /** A tower's pass over k n rows; {@code rows}: what stands for a table of embeddings. */
    private record Tower(StagedPass pass, int ranks, Optional<TokenRows> rows) {}

    private Encoding(List<NDArray> constants, Compute compute) {
        this.constants = constants;
        this.compute = compute;
    }

    /**
     * Encodes so that it can be differentiated.
     *
     * @param passes the passes through the towers; what they need stays open as long as the
     *     encoding
     * @param constants features that are not differentiated, after the others
     * @param weights what the towers compute with
     * @param compute how they compute
     */
    static Encoding record(
            List<RankedPass> passes,
            List<NDArray> constants,
            TowerWeights weights,
            Compute compute) {
        Encoding encoding = new Encoding(constants, compute);
        for (RankedPass ranked : passes) {
            ClipPass pass = ranked.pass();
            Optional<TokenRows> rows = rows(pass);
            StagedPass recorded =
                    StagedPass.record(
                            weights.stages(pass, rows), inputs(pass, rows), compute.activations());
            encoding.towers.add(new Tower(recorded, ranked.ranks(), rows));
        }
        return encoding;
    }

    /** Encodes and keeps the features alone, as {@link #features} has them. */
    static List<NDArray> features(
            List<RankedPass> passes,
            List<NDArray> constants,
            TowerWeights weights,
            Compute compute) {
        List<NDArray> all = new ArrayList<>();
        for (RankedPass ranked : passes) {
            ClipPass pass = ranked.pass();
            Optional<TokenRows> rows = rows(pass);
            List<NDArray> found =
                    StagedPass.forward(
                            weights.stages(pass, rows), inputs(pass, rows), compute.inRows());
            all.add(byRank(found.get(0), ranked.ranks()));
        }
        all.addAll(constants);
        return all;
    }

    private static Optional<TokenRows> rows(ClipPass pass) {
        return TowerWeights.readsTokens(pass)
                ? Optional.of(TokenRows.of(pass.input()))
                : Optional.empty();
    }

    private static PassInputs inputs(ClipPass pass, Optional<TokenRows> rows) {
        return PassInputs.constant(rows.map(TokenRows::places).orElse(pass.input()))
                .withContext(List.of(pass.pooled()), false);
    }

    private static NDArray byRank(NDArray features, int ranks) {
        return Shard.PROGRAM.call("by_rank", features, ranks);
    }

    /** Features by kind, each (k, n, width): k images or texts for each triplet. */
    List<NDArray> features() {
        List<NDArray> all = new ArrayList<>();
        towers.forEach(tower -> all.add(byRank(tower.pass().output(), tower.ranks())));
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
            Tower tower = towers.get(i);
            tower.pass()
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
        if (compute.recomputes()) {
            NativeMemory.trim();
        }
    }
}
