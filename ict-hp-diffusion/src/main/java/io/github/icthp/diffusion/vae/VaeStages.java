package io.github.icthp.diffusion.vae;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;

import io.github.icthp.weights.Parameters;

import java.util.List;

/**
 * Names the parameters of an {@link AutoencoderKl} and lists its two halves stage by stage
 * (diffusers' {@code vae.py}, {@code Encoder} and {@code Decoder}).
 */
final class VaeStages {

    private final VaeConfig config;
    private final ImmutableList.Builder<VaeStage> stages = ImmutableList.builder();

    private VaeStages(VaeConfig config) {
        this.config = config;
    }

    static List<VaeStage> decoder(Parameters root, VaeConfig config) {
        VaeStages all = new VaeStages(config);
        int latent = config.latentChannels();
        if (config.postQuantConv()) {
            all.conv(root.in("post_quant_conv"), latent, latent, 1);
        }
        Parameters p = root.in("decoder");
        List<Integer> widths = Lists.reverse(config.blockChannels());
        int width = widths.get(0);
        all.conv(p.in("conv_in"), width, latent, 3);
        all.middle(p.in("mid_block"), width);
        for (int level = 0; level < widths.size(); level++) {
            Parameters block = p.in("up_blocks." + level);
            width = all.resnets(block, width, widths.get(level), config.layersPerBlock() + 1);
            if (level < widths.size() - 1) {
                all.resample(block.in("upsamplers.0"), "upsample", width);
            }
        }
        all.head(p, width, VaeConfig.RGB);
        return all.sequence();
    }

    static List<VaeStage> encoder(Parameters root, VaeConfig config) {
        VaeStages all = new VaeStages(config);
        List<Integer> widths = config.blockChannels();
        int width = widths.get(0);
        Parameters p = root.in("encoder");
        all.conv(p.in("conv_in"), width, VaeConfig.RGB, 3);
        for (int level = 0; level < widths.size(); level++) {
            Parameters block = p.in("down_blocks." + level);
            width = all.resnets(block, width, widths.get(level), config.layersPerBlock());
            if (level < widths.size() - 1) {
                all.resample(block.in("downsamplers.0"), "downsample", width);
            }
        }
        all.middle(p.in("mid_block"), width);
        int moments = 2 * config.latentChannels();
        all.head(p, width, moments);
        if (config.quantConv()) {
            all.conv(root.in("quant_conv"), moments, moments, 1);
        }
        return all.sequence();
    }

    private List<VaeStage> sequence() {
        return stages.build();
    }

    private void add(String kind, Parameters p) {
        stages.add(new VaeStage(kind, p.dict(), config.groups()));
    }

    private void conv(Parameters p, int out, int in, int kernel) {
        add("conv", p.tensor("weight", out, in, kernel, kernel).tensor("bias", out));
    }

    private void middle(Parameters p, int width) {
        resnet(p.in("resnets.0"), width, width);
        if (config.midAttention()) {
            attention(p.in("attentions.0"), width);
        }
        resnet(p.in("resnets.1"), width, width);
    }

    /** Returns the width that leaves them. */
    private int resnets(Parameters block, int in, int out, int count) {
        for (int i = 0; i < count; i++) {
            resnet(block.in("resnets." + i), i == 0 ? in : out, out);
        }
        return out;
    }

    private void resnet(Parameters p, int in, int out) {
        p.norm("norm1", in).tensor("conv1.weight", out, in, 3, 3).tensor("conv1.bias", out);
        p.norm("norm2", out).tensor("conv2.weight", out, out, 3, 3).tensor("conv2.bias", out);
        if (in != out) {
            p.tensor("conv_shortcut.weight", out, in, 1, 1).tensor("conv_shortcut.bias", out);
        }
        add("resnet", p);
    }

    /** Checkpoints older than diffusers 0.17 name the projections otherwise. */
    private void attention(Parameters p, int width) {
        List<String> projections =
                p.has("query.weight")
                        ? List.of("query", "key", "value", "proj_attn")
                        : List.of("to_q", "to_k", "to_v", "to_out.0");
        p.norm("group_norm", width);
        projections.forEach(name -> p.linear(name, width, width));
        add("attention", p);
    }

    private void resample(Parameters p, String kind, int width) {
        add(kind, p.tensor("conv.weight", width, width, 3, 3).tensor("conv.bias", width));
    }

    private void head(Parameters p, int width, int out) {
        p.norm("conv_norm_out", width);
        add("head", p.tensor("conv_out.weight", out, width, 3, 3).tensor("conv_out.bias", out));
    }
}
