package io.github.icthp.diffusion.unet;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.List;

/** An attention's stages: pixels to tokens, transformer blocks, and tokens to pixels again. */
final class Attention {

    private Attention() {}

    /**
     * Returns the stages.
     *
     * @param pushes whether the result becomes a skip connection
     */
    static List<UNetStage> stages(
            Parameters all,
            String path,
            UNetConfig config,
            UNetConfig.Level level,
            boolean pushes) {
        int width = level.width();
        List<UNetStage> stages = new ArrayList<>();
        stages.add(new In(all, path, config, width));
        for (int i = 0; i < level.depth(); i++) {
            stages.add(
                    new TransformerBlock(
                            all,
                            path + ".transformer_blocks." + i,
                            width,
                            level.heads(),
                            config.contextWidth()));
        }
        stages.add(new Out(all, path, config, width, pushes));
        return stages;
    }

    private static void projection(
            AdaptableWeights weights, String name, UNetConfig config, int width) {
        if (config.linearProjection()) {
            weights.linear(name, width, width);
        } else {
            weights.convolution(name, width, width, 1);
        }
    }

    /** Keeps what entered, which is added at the end. */
    private static final class In extends UNetStage {

        private final int groups;

        In(Parameters all, String path, UNetConfig config, int width) {
            super(new AdaptableWeights(all, path), path + ".proj_in", new Flow(0, false, false));
            this.groups = config.groups();
            weights().norm("norm", width);
            projection(weights(), "proj_in", config, width);
        }

        @Override
        NDArray compute(List<NDArray> state, Step step) {
            return UNet.PROGRAM.call("tokens_in", state.get(0), weights().dict(), groups);
        }
    }

    private static final class Out extends UNetStage {

        Out(Parameters all, String path, UNetConfig config, int width, boolean pushes) {
            super(new AdaptableWeights(all, path), path, new Flow(2, false, pushes));
            projection(weights(), "proj_out", config, width);
        }

        @Override
        NDArray compute(List<NDArray> state, Step step) {
            return UNet.PROGRAM.call("tokens_out", state.get(0), state.get(1), weights().dict());
        }
    }
}
