package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;

import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;

import java.util.List;

/**
 * A text tower that stays in the file's map, for a few texts among many pictures: one layer after
 * the other is resident while it computes. Nothing is loaded, and a text takes a little longer than
 * with a {@link FusedTextTower}.
 */
public final class MappedTextTower {

    private final ClipTextTower tower;

    /** What every stage reads of the file but the last, whose weights are small. */
    private final ImmutableList<Parameters> read;

    /**
     * Returns where a parameter of the tower should live: in the file's map, but for the last
     * layer, which multiplies single rows. MKL's result of that depends in its last digit on where
     * the weights begin, which a file decides.
     *
     * @param name a parameter's name in a CLIP model
     * @param config the model's shape
     * @return the memory to load it into
     */
    public static Memory memory(String name, ClipConfig config) {
        String last = ClipTextTower.LAYERS + ".layers." + (config.text().layers() - 1) + ".";
        return name.startsWith(last) ? Memory.OWNED : Memory.MAPPED;
    }

    /**
     * Names the tower's parameters.
     *
     * @param parameters the root of a CLIP model's names, in {@link #memory}
     * @param config the model's shape
     */
    public MappedTextTower(Parameters parameters, ClipConfig config) {
        this.tower = new ClipTextTower(parameters, config);
        ImmutableList.Builder<Parameters> all = ImmutableList.builder();
        int width = config.text().width();
        all.add(
                parameters
                        .in("text_model")
                        .tensor(ClipTextTower.TOKEN_EMBEDDING, config.vocabulary(), width));
        for (int i = 0; i < config.text().layers(); i++) {
            Parameters layer = parameters.in(ClipTextTower.LAYERS + ".layers." + i);
            all.add(ClipEncoder.name(layer, config.text()));
        }
        this.read = all.build();
    }

    /**
     * Encodes texts, as {@link ClipTextTower#forward} does.
     *
     * @param ids B rows of the same length of at most the model's positions, each with an end token
     * @return (B, P), projected and not normalized
     * @throws IllegalArgumentException as {@link ClipTextTower#forward} throws it
     */
    public NDArray forward(long[][] ids) {
        ClipPass pass = tower.pass(ids);
        List<NDArray> pooled = List.of(pass.pooled());
        List<ClipStage> stages = pass.stages();
        List<NDArray> x = List.of(pass.input());
        for (int i = 0; i < stages.size(); i++) {
            List<NDArray> next = stages.get(i).forward(x, pooled);
            x.forEach(NDArray::close);
            x = next;
            if (i < read.size()) {
                read.get(i).releasePages();
            }
        }
        return x.get(0);
    }
}
