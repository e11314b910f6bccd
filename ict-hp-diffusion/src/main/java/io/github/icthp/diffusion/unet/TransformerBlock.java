package io.github.icthp.diffusion.unet;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.diffusion.model.StyleAttention;
import io.github.icthp.weights.Parameters;

import java.util.List;

/**
 * Attention among pixels, attention to text and to reference pictures, and a gated feed-forward
 * part (Shazeer 2020).
 */
final class TransformerBlock extends UNetStage {

    private final int heads;

    TransformerBlock(Parameters all, String path, int width, int heads, int contextWidth) {
        super(new AdaptableWeights(all, path), path, Flow.PLAIN);
        this.heads = heads;
        weights().norm("norm1", width);
        attention("attn1", width, width);
        weights().norm("norm2", width);
        attention("attn2", width, contextWidth);
        weights()
                .norm("norm3", width)
                .gatedLinear("ff.net.0.proj", 8L * width, width)
                .linear("ff.net.2", width, 4L * width);
    }

    private void attention(String name, long width, long source) {
        weights()
                .unbiased(name + ".to_q", width, width)
                .unbiased(name + ".to_k", width, source)
                .unbiased(name + ".to_v", width, source)
                .linear(name + ".to_out.0", width, width);
    }

    @Override
    NDArray compute(List<NDArray> state, Step step) {
        StyleAttention style = step.style(path() + ".attn2");
        return UNet.PROGRAM.call(
                "block",
                state.get(0),
                step.text(),
                style.keys(),
                style.values(),
                style.strengths(),
                weights().dict(),
                heads);
    }
}
