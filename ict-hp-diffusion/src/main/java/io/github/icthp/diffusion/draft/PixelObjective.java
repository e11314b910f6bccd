package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.DifferentiableReward.RewardGradient;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.diffusion.vae.StagedDecode;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import java.util.List;

/**
 * Decodes latents and rewards the pixels.
 *
 * @param codec decodes
 * @param reward rewards pixels in 0..1
 * @param clamp whether pixels outside 0..1 are cut off, as they are when a picture is saved; no
 *     gradient passes there
 * @param staged whether the decoder is gone back through stage by stage
 */
record PixelObjective(LatentCodec codec, DifferentiableReward reward, boolean clamp, boolean staged)
        implements LatentObjective {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(PixelObjective.class, "draft.torchscript");

    @Override
    public NDArray rewards(NDArray latents, List<String> prompts) {
        return reward.reward(pixels(codec.decode(latents), clamp), prompts);
    }

    /** Returns decoded pixels in 0..1; differentiable. */
    static NDArray pixels(NDArray decoded, boolean clamp) {
        return PROGRAM.call("pixels", decoded, clamp);
    }

    @Override
    public Gradient gradient(NDArray latents, List<String> prompts, double upstream) {
        try (TensorScope scope = TensorScope.open()) {
            Gradient gradient =
                    staged
                            ? stagedGradient(latents, prompts, upstream)
                            : graphGradient(latents, prompts, upstream);
            scope.keep(gradient.rewards());
            scope.keep(gradient.latents());
            return gradient;
        }
    }

    private Gradient stagedGradient(NDArray latents, List<String> prompts, double upstream) {
        StagedDecode decode = codec.decodeInStages(latents);
        RewardGradient top = reward.gradient(pixels(decode.pixels(), clamp), prompts);
        return new Gradient(
                top.rewards(), decode.vjp(toDecoded(decode.pixels(), top.gradient(), upstream)));
    }

    private Gradient graphGradient(NDArray latents, List<String> prompts, double upstream) {
        NDArray leaf = Autograd.leaf(latents);
        NDArray decoded = Autograd.in(Mode.GRADIENT, () -> codec.decode(leaf));
        NDArray values = Autograd.detach(decoded);
        RewardGradient top = reward.gradient(pixels(values, clamp), prompts);
        NDArray flow = toDecoded(values, top.gradient(), upstream);
        return new Gradient(
                top.rewards(),
                Autograd.gradients(decoded, flow, List.of(leaf)).get(0).orElseThrow());
    }

    private NDArray toDecoded(NDArray decoded, NDArray gradient, double upstream) {
        return PROGRAM.call("pixels_vjp", decoded, gradient, clamp, upstream);
    }
}
