package io.github.icthp.diffusion.unet;

import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.unet.UNetConfig.Level;
import io.github.icthp.diffusion.unet.UNetStage.Flow;
import io.github.icthp.weights.Parameters;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Lays out a UNet's stages: down through the levels, the middle, and up again. */
final class UNetStages {

    private final Parameters all;
    private final UNetConfig config;
    private final List<DenoiserStage> stages = new ArrayList<>();

    /** Channels of the skip connections that are open, the latest first. */
    private final Deque<Integer> skips = new ArrayDeque<>();

    private int width;

    private UNetStages(Parameters all, UNetConfig config) {
        this.all = all;
        this.config = config;
        this.width = config.levels().get(0).width();
    }

    static List<DenoiserStage> of(Parameters all, UNetConfig config) {
        UNetStages layout = new UNetStages(all, config);
        layout.stages.add(new Convolutions.First(all, config));
        layout.skips.push(layout.width);
        int last = config.levels().size() - 1;
        for (int i = 0; i <= last; i++) {
            layout.down("down_blocks." + i, config.levels().get(i), i == last);
        }
        layout.middle("mid_block");
        for (int i = 0; i <= last; i++) {
            layout.up("up_blocks." + i, config.levels().get(last - i), i == last);
        }
        layout.stages.add(new Convolutions.Last(all, config));
        return layout.stages;
    }

    private void down(String path, Level level, boolean last) {
        boolean attends = level.attendsDown();
        for (int j = 0; j < level.layers(); j++) {
            resnet(path + ".resnets." + j, width, level, attends ? Flow.PLAIN : Flow.PUSHES);
            if (attends) {
                attention(path + ".attentions." + j, level, true);
            }
            skips.push(width);
        }
        if (!last) {
            stages.add(new Convolutions.Down(all, path + ".downsamplers.0", width));
            skips.push(width);
        }
    }

    private void middle(String path) {
        resnet(path + ".resnets.0", width, config.smallest(), Flow.PLAIN);
        attention(path + ".attentions.0", config.smallest(), false);
        resnet(path + ".resnets.1", width, config.smallest(), Flow.PLAIN);
    }

    private void up(String path, Level level, boolean last) {
        for (int j = 0; j <= level.layers(); j++) {
            resnet(path + ".resnets." + j, width + skips.pop(), level, Flow.POPS);
            if (level.attendsUp()) {
                attention(path + ".attentions." + j, level, false);
            }
        }
        if (!last) {
            stages.add(new Convolutions.Up(all, path + ".upsamplers.0", width));
        }
    }

    private void resnet(String path, int in, Level level, Flow flow) {
        width = level.width();
        stages.add(new Resnet(all, path, config, in, width, flow));
    }

    private void attention(String path, Level level, boolean pushes) {
        stages.addAll(Attention.stages(all, path, config, level, pushes));
    }
}
