package io.github.icthp;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.staged.Activations;

import java.util.List;

/**
 * A reward whose gradient reaches the pixels: the one seam between reward models and what they
 * optimize. Any function of pixels and prompts will do:
 *
 * <pre>{@code
 * DifferentiableReward brightness = (pixels, prompts) -> PixelRewards.mean(pixels);
 * }</pre>
 *
 * <p>Shapes: B batch, H and W any size.
 */
@FunctionalInterface
public interface DifferentiableReward {

    /**
     * Rewards images, recording a graph back to the pixels.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1], any floating-point type
     * @param prompts B prompts
     * @return (B) rewards, owned by the innermost scope; the reward of an image depends on no other
     *     image
     */
    NDArray reward(NDArray pixels, List<String> prompts);

    /**
     * Rewards images and differentiates each reward with respect to its own image.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1]
     * @param prompts B prompts
     * @return rewards and gradients, owned by the innermost scope
     * @throws IllegalStateException if the rewards are not (B), floating-point and on the pixels'
     *     device, or do not depend on the pixels
     */
    default RewardGradient gradient(NDArray pixels, List<String> prompts) {
        return gradient(pixels, prompts, Activations.kept());
    }

    /**
     * Rewards images and differentiates each reward with respect to its own image. A reward that
     * can do so in less memory than its whole graph takes overrides this; {@link Rewards#staged}
     * makes such a reward of stages.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1]
     * @param prompts B prompts
     * @param activations whether activations are kept, which is faster, or recomputed
     * @return rewards and gradients, owned by the innermost scope
     * @throws IllegalStateException as {@link #gradient(NDArray, List)} throws it
     */
    default RewardGradient gradient(NDArray pixels, List<String> prompts, Activations activations) {
        return Autograd.in(
                Autograd.Mode.GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        NDArray leaf = Autograd.leaf(pixels);
                        NDArray rewards = reward(leaf, prompts);
                        CheckedReward.requireRewards(CheckedReward.UNNAMED, rewards, pixels);
                        CheckedReward.requireGraph(CheckedReward.UNNAMED, rewards);
                        NDArray gradient =
                                Autograd.gradients(
                                                rewards, Autograd.onesLike(rewards), List.of(leaf))
                                        .get(0)
                                        .orElseThrow(
                                                () ->
                                                        CheckedReward.noGradient(
                                                                CheckedReward.UNNAMED));
                        NDArray value = Autograd.detach(rewards);
                        return new RewardGradient(scope.keep(value), scope.keep(gradient));
                    }
                });
    }

    /**
     * Returns this reward with every result checked: rewards are (B), floating-point, on the
     * pixels' device and recorded where the pixels are, gradients are of the pixels' shape and
     * finite where the reward is. What is not is an {@link IllegalStateException} that says what
     * was expected and received. Training checks all rewards so.
     *
     * @param name what messages call it, for example {@code the reward}
     * @return the checked reward
     */
    default DifferentiableReward checked(String name) {
        return new CheckedReward(this, name);
    }

    /**
     * Rewards of a batch and their gradients.
     *
     * @param rewards (B), without history
     * @param gradient (B, 3, H, W): at image b, the derivative of reward b
     */
    record RewardGradient(NDArray rewards, NDArray gradient) {}
}
