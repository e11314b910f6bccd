package io.github.icthp.diffusion.unet;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** The UNet's convolutions outside its blocks: first, last, and between resolutions. */
final class Convolutions {

    private Convolutions() {}

    /** Latents to the first level's channels. */
    static final class First extends UNetStage {

        First(Parameters all, UNetConfig config) {
            super(new AdaptableWeights(all, ""), "conv_in", Flow.PUSHES);
            weights().convolution("conv_in", config.levels().get(0).width(), config.channels(), 3);
        }

        @Override
        NDArray compute(List<NDArray> state, Step step) {
            return UNet.PROGRAM.call("conv_in", state.get(0), weights().dict());
        }
    }

    /** To half the size. */
    static final class Down extends UNetStage {

        Down(Parameters all, String path, int width) {
            super(new AdaptableWeights(all, path), path, Flow.PUSHES);
            weights().convolution("conv", width, width, 3);
        }

        @Override
        NDArray compute(List<NDArray> state, Step step) {
            return UNet.PROGRAM.call("downsample", state.get(0), weights().dict());
        }
    }

    /** To the size of the next skip connection. */
    static final class Up extends UNetStage {

        Up(Parameters all, String path, int width) {
            super(new AdaptableWeights(all, path), path, Flow.PLAIN);
            weights().convolution("conv", width, width, 3);
        }

        @Override
        NDArray compute(List<NDArray> state, Step step) {
            NDArray skip = state.get(state.size() - 1);
            return UNet.PROGRAM.call("upsample", state.get(0), skip, weights().dict());
        }
    }

    /** The first level's channels to the prediction. */
    static final class Last extends UNetStage {

        private final UNetConfig config;

        Last(Parameters all, UNetConfig config) {
            super(new AdaptableWeights(all, ""), "conv_out", Flow.PLAIN);
            this.config = config;
            int width = config.levels().get(0).width();
            weights()
                    .norm("conv_norm_out", width)
                    .convolution("conv_out", config.channels(), width, 3);
        }

        @Override
        NDArray compute(List<NDArray> state, Step step) {
            return UNet.PROGRAM.call(
                    "head", state.get(0), weights().dict(), config.groups(), config.eps());
        }
    }
}
