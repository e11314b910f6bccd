package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.DifferentiableReward.RewardGradient;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;

import java.util.List;

/**
 * Decodes latents and rewards the pixels.
 *
 * @param codec decodes
 * @param reward rewards pixels in 0..1
 * @param clamp whether pixels outside 0..1 are cut off, as they are when a picture is saved; no
 *     gradient passes there
 * @param staged whether the decoder and the reward are gone back through stage by stage
 */
record PixelReward(LatentCodec codec, DifferentiableReward reward, boolean clamp, boolean staged)
        implements LatentReward {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(PixelReward.class, "draft.torchscript");

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
            Pullback decoded = staged ? codec.decodeInStages(latents) : decodedWhole(latents);
            NDArray pixels = pixels(decoded.value(), clamp);
            RewardGradient top = reward.gradient(pixels, prompts, activations());
            NDArray gradient =
                    PROGRAM.call("pixels_vjp", decoded.value(), top.gradient(), clamp, upstream);
            return new Gradient(
                    scope.keep(top.rewards()), scope.keep(decoded.vjp().apply(gradient)));
        }
    }

    private Activations activations() {
        return staged ? Activations.recomputed() : Activations.kept();
    }

    private Pullback decodedWhole(NDArray latents) {
        Stage whole = (state, context) -> List.of(codec.decode(state.get(0)));
        return Pullback.of(
                StagedPass.record(
                        List.of(whole), PassInputs.differentiated(latents), Activations.kept()));
    }
}
