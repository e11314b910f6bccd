package io.github.icthp.diffusion.unet;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Modulation;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** Two convolutions with the embedded time between them, beside a shortcut (He et al. 2016). */
final class Resnet extends UNetStage {

    private final UNetConfig config;
    private final boolean pops;

    /**
     * Names the weights.
     *
     * @param in channels that enter, those of the skip connection among them
     */
    Resnet(Parameters all, String path, UNetConfig config, int in, int out, Flow flow) {
        super(new AdaptableWeights(all, path), path, flow);
        this.config = config;
        this.pops = flow.pops();
        weights()
                .norm("norm1", in)
                .convolution("conv1", out, in, 3)
                .timeProjection("time_emb_proj", out, config.timeWidth())
                .norm("norm2", out)
                .convolution("conv2", out, out, 3);
        if (in != out) {
            weights().convolution("conv_shortcut", out, in, 1);
        }
    }

    @Override
    NDArray compute(List<NDArray> state, Step step) {
        Modulation time = step.modulation(this);
        return UNet.PROGRAM.call(
                "resnet",
                state.get(0),
                pops ? state.get(state.size() - 1) : null,
                time.parts(),
                time.step(),
                weights().dict(),
                config.groups(),
                config.eps());
    }
}
