package io.github.icthp.diffusion.unet;

import io.github.icthp.diffusion.model.PassMemory;
import io.github.icthp.diffusion.model.PassSize;
import io.github.icthp.diffusion.model.SavedActivations;
import io.github.icthp.diffusion.unet.UNetConfig.Level;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tells the memory of a UNet, tensor by tensor as {@code unet.torchscript} makes them. Norms,
 * activations, convolutions of 3 x 3 and attention keep their inputs for the way back; linear
 * layers do so only with an adapter.
 */
public final class UNetMemory {

    private final UNetConfig config;
    private final PassSize size;
    private final Predicate<String> adapted;

    /** Channels of the skip connections that are open, the latest first. */
    private final Deque<Integer> skips = new ArrayDeque<>();

    private final List<Long> blocks = new ArrayList<>();
    private long boundaries;
    private long passing;
    private long projected;
    private int width;

    private UNetMemory(UNetConfig config, PassSize size, Predicate<String> adapted) {
        this.config = config;
        this.size = size;
        this.adapted = adapted;
        this.width = config.levels().get(0).width();
    }

    /**
     * Tells the memory of a pass.
     *
     * @param config the UNet's shape
     * @param size what passes through it; its image tokens are the latents' pixels
     * @param adapted says of a layer's path whether it is adapted
     * @return what its graph needs
     */
    public static PassMemory of(UNetConfig config, PassSize size, Predicate<String> adapted) {
        UNetMemory memory = new UNetMemory(config, size, adapted);
        memory.walk();
        // Between parts lie skip connections of many sizes, each of which is kept once.
        long boundary = memory.boundaries / (memory.blocks.size() + 1);
        return new PassMemory(memory.blocks, boundary, memory.passing, memory.projected);
    }

    private void walk() {
        int last = config.levels().size() - 1;
        add(at(0).image(width), 0, at(0).image(width));
        skips.push(width);
        for (int i = 0; i <= last; i++) {
            down("down_blocks." + i, i, i == last);
        }
        resnet(width, last);
        attention("mid_block.attentions.0", last);
        resnet(width, last);
        for (int i = 0; i <= last; i++) {
            up("up_blocks." + i, last - i, i == last);
        }
        add(at(0).image(config.channels()), 3 * at(0).image(width), at(0).image(width));
    }

    private void down(String path, int i, boolean last) {
        Level level = config.levels().get(i);
        for (int j = 0; j < level.layers(); j++) {
            resnet(width, i);
            if (level.attendsDown()) {
                attention(path + ".attentions." + j, i);
            }
            skips.push(width);
        }
        if (!last) {
            add(at(i + 1).image(width), at(i).image(width), at(i).image(width));
            skips.push(width);
        }
    }

    private void up(String path, int i, boolean last) {
        Level level = config.levels().get(i);
        for (int j = 0; j <= level.layers(); j++) {
            resnet(width + skips.pop(), i);
            if (level.attendsUp()) {
                attention(path + ".attentions." + j, i);
            }
        }
        if (!last) {
            long large = at(i - 1).image(width);
            add(large, large, large);
        }
    }

    /** What passes at a level, each of whose sides is half of that before. */
    private PassSize at(int level) {
        return new PassSize(
                size.batch(),
                Math.max(1, size.imageTokens() >> (2 * level)),
                size.textTokens(),
                size.bytes(),
                size.inputsKept());
    }

    /** Of two rows of norm, activation and convolution, each keeps its input. */
    private void resnet(int in, int i) {
        width = config.levels().get(i).width();
        long entered = at(i).image(in);
        long left = at(i).image(width);
        projected += size.batch() * width * size.bytes();
        add(left, 3 * (entered + left), entered + left);
    }

    private void attention(String path, int i) {
        Level level = config.levels().get(i);
        PassSize here = at(i);
        long x = here.image(width);
        SavedActivations kept = new SavedActivations(here, adapted);
        add(x, x + kept.of(path + ".", x, "proj_in"), 2 * x);
        for (int k = 0; k < level.depth(); k++) {
            block(path + ".transformer_blocks." + k + ".", here, level.heads());
        }
        add(x, kept.of(path + ".", x, "proj_out"), 2 * x);
    }

    private void block(String path, PassSize here, int heads) {
        SavedActivations kept = new SavedActivations(here, adapted);
        long x = here.image(width);
        long norms = 3 * x;
        long among =
                here.attention(x, here.imageTokens(), heads)
                        + kept.of(path, x, "attn1.to_q", "attn1.to_k", "attn1.to_v");
        long toText = 2 * x + here.text(2L * width) + kept.of(path, x, "attn2.to_q");
        long fed = 12 * x + kept.of(path, x, "ff.net.0.proj") + kept.of(path, 4 * x, "ff.net.2");
        add(x, norms + among + toText + fed, 14 * x);
    }

    private void add(long left, long graph, long moment) {
        blocks.add(graph);
        boundaries += left;
        passing = Math.max(passing, moment);
    }
}
