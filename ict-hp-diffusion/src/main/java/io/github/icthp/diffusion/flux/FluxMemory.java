package io.github.icthp.diffusion.flux;

import io.github.icthp.diffusion.model.PassMemory;
import io.github.icthp.diffusion.model.PassSize;
import io.github.icthp.diffusion.model.SavedActivations;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tells the memory of FLUX.1's transformer, tensor by tensor as {@code flux.torchscript} makes
 * them. Frozen layers keep nothing for the way back; what keeps its input is a layer with an
 * adapter, a norm, an activation, attention.
 */
public final class FluxMemory {

    private final FluxConfig config;
    private final PassSize size;
    private final SavedActivations kept;

    private FluxMemory(FluxConfig config, PassSize size, Predicate<String> adapted) {
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
    public static PassMemory of(FluxConfig config, PassSize size, Predicate<String> adapted) {
        FluxMemory memory = new FluxMemory(config, size, adapted);
        List<Long> blocks = new ArrayList<>();
        for (int i = 0; i < config.doubleBlocks(); i++) {
            blocks.add(memory.doubleBlock("transformer_blocks." + i + "."));
        }
        for (int i = 0; i < config.singleBlocks(); i++) {
            blocks.add(memory.singleBlock("single_transformer_blocks." + i + "."));
        }
        long d = config.width();
        long parts = 12L * config.doubleBlocks() + 3L * config.singleBlocks();
        return new PassMemory(
                blocks, size.all(d), size.all(10 * d), size.batch() * parts * d * size.bytes());
    }

    private long doubleBlock(String path) {
        long d = config.width();
        return size.all(d)
                + kept.of(path, size.image(d), "attn.to_q", "attn.to_k", "attn.to_v")
                + kept.of(
                        path, size.text(d), "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")
                + size.all(2 * d)
                + attention()
                + kept.feedForward(path + "ff.", size.image(d))
                + kept.feedForward(path + "ff_context.", size.text(d));
    }

    private long singleBlock(String path) {
        long d = config.width();
        return size.all(d)
                + kept.of(path, size.all(d), "attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
                + size.all(2 * d)
                + attention()
                + size.all(4 * d)
                + kept.of(path, size.all(5 * d), "proj_out");
    }

    private long attention() {
        long tokens = size.imageTokens() + size.textTokens();
        return size.attention(size.all(config.width()), tokens, config.heads());
    }
}
