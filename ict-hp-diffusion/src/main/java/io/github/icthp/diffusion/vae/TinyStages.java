package io.github.icthp.diffusion.vae;

import com.google.common.collect.ImmutableList;

import io.github.icthp.weights.Parameters;

import java.util.List;

/**
 * Names the parameters of a {@link TinyAutoencoder} and lists its two halves stage by stage
 * (madebyollin/taesd, {@code taesd.py}). Names are a stage's number among all layers, including
 * those without weights.
 */
final class TinyStages {

    private static final int WIDTH = 64;
    private static final int POOL_GROUPS = 4;
    private static final int POOL_WIDTH = 4 * WIDTH;
    private static final int LEVELS = 3;
    private static final int BLOCKS = 3;

    private final Parameters root;
    private final ImmutableList.Builder<VaeStage> stages = ImmutableList.builder();
    private int layer;

    private TinyStages(Parameters root, int firstLayer) {
        this.root = root;
        this.layer = firstLayer;
    }

    /** Three resolutions of three blocks and a convolution that halves; then latents. */
    static List<VaeStage> encoder(Parameters root, int latentChannels, boolean pooled) {
        TinyStages all = new TinyStages(root, 0);
        all.conv("conv", WIDTH, VaeConfig.RGB).block(false);
        for (int level = 0; level < LEVELS; level++) {
            all.resample("tiny_down").blocks(pooled && level == LEVELS - 1);
        }
        return all.conv("conv", latentChannels, WIDTH).sequence();
    }

    /** The reverse, without the last two blocks. Layer 0 bounds the latents, layer 2 is a relu. */
    static List<VaeStage> decoder(Parameters root, int latentChannels, boolean pooled) {
        TinyStages all = new TinyStages(root, 1);
        all.conv("tiny_latents", WIDTH, latentChannels).skipLayer();
        for (int level = 0; level < LEVELS; level++) {
            all.blocks(pooled && level == 0).skipLayer().resample("tiny_up");
        }
        return all.block(false).conv("conv", VaeConfig.RGB, WIDTH).sequence();
    }

    private TinyStages skipLayer() {
        layer++;
        return this;
    }

    private List<VaeStage> sequence() {
        return stages.build();
    }

    private TinyStages add(String kind, Parameters p) {
        stages.add(new VaeStage(kind, p.dict(), POOL_GROUPS));
        layer++;
        return this;
    }

    private Parameters current() {
        return root.in(Integer.toString(layer));
    }

    private TinyStages conv(String kind, int out, int in) {
        return add(kind, current().tensor("weight", out, in, 3, 3).tensor("bias", out));
    }

    private TinyStages resample(String kind) {
        return add(kind, current().tensor("weight", WIDTH, WIDTH, 3, 3));
    }

    private TinyStages blocks(boolean pooled) {
        for (int i = 0; i < BLOCKS; i++) {
            block(pooled);
        }
        return this;
    }

    private TinyStages block(boolean pooled) {
        Parameters p = current();
        for (String conv : List.of("conv.0", "conv.2", "conv.4")) {
            p.tensor(conv + ".weight", WIDTH, WIDTH, 3, 3).tensor(conv + ".bias", WIDTH);
        }
        if (pooled) {
            p.tensor("pool.0.weight", POOL_WIDTH, WIDTH, 1, 1)
                    .norm("pool.1", POOL_WIDTH)
                    .tensor("pool.3.weight", WIDTH, POOL_WIDTH, 1, 1);
        }
        return add("tiny_block", p);
    }
}
