package io.github.icthp.diffusion.sd3;

import io.github.icthp.diffusion.model.PassMemory;
import io.github.icthp.diffusion.model.PassSize;
import io.github.icthp.diffusion.model.SavedActivations;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tells the memory of SD3's transformer, tensor by tensor as {@code sd3.torchscript} makes them.
 * Frozen layers keep nothing for the way back; what keeps its input is a layer with an adapter, a
 * norm, an activation, attention.
 */
public final class Sd3Memory {

    private final Sd3Config config;
    private final PassSize size;
    private final SavedActivations kept;

    private Sd3Memory(Sd3Config config, PassSize size, Predicate<String> adapted) {
        this.config = config;
        this.size = size;
        this.kept = new SavedActivations(size, adapted);
    }

    /**
     * Tells the memory of a pass.
     *
     * @param config the transformer's shape
     * @param size what passes through it
     * @param adapted says of a layer's path whether it is adapted
     * @return what its graph needs
     */
    public static PassMemory of(Sd3Config config, PassSize size, Predicate<String> adapted) {
        Sd3Memory memory = new Sd3Memory(config, size, adapted);
        List<Long> blocks = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            blocks.add(memory.block(i));
        }
        long d = config.width();
        long parts = 12L * config.layers() + 3L * config.dualAttention().size();
        return new PassMemory(
                blocks, size.all(d), size.all(10 * d), size.batch() * parts * d * size.bytes());
    }

    private long block(int i) {
        String path = "transformer_blocks." + i + ".";
        boolean last = i == config.layers() - 1;
        long d = config.width();
        long tokens = size.imageTokens() + size.textTokens();
        long sum = size.all(d);
        sum += kept.of(path, size.image(d), "attn.to_q", "attn.to_k", "attn.to_v");
        sum += kept.of(path, size.text(d), "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj");
        sum += config.normalizedQueries() ? size.all(2 * d) : 0;
        sum += size.attention(size.all(d), tokens, config.heads());
        if (config.dualAttention().contains(i)) {
            sum += kept.of(path, size.image(d), "attn2.to_q", "attn2.to_k", "attn2.to_v");
            sum += config.normalizedQueries() ? size.image(2 * d) : 0;
            sum += size.attention(size.image(d), size.imageTokens(), config.heads());
        }
        sum += kept.feedForward(path + "ff.", size.image(d));
        return last ? sum : sum + kept.feedForward(path + "ff_context.", size.text(d));
    }
}
