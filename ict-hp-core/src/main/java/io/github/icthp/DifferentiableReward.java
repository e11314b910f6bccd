package io.github.icthp;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;

import java.util.List;

/**
 * A reward whose gradient reaches the pixels: the one seam between reward models and what they
 * optimise. Any function of pixels and prompts will do:
 *
 * <pre>{@code
 * DifferentiableReward brightness = (pixels, prompts) -> pixels.flatten(1, -1).mean(new int[] {1});
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
     * Rewards images and differentiates each reward with respect to its own image. A reward that
     * can do so in less memory than its whole graph takes overrides this.
     *
     * @param pixels (B, 3, H, W), RGB in [0, 1]
     * @param prompts B prompts
     * @return rewards and gradients, owned by the innermost scope
     * @throws IllegalStateException if the rewards do not depend on the pixels
     */
    default RewardGradient gradient(NDArray pixels, List<String> prompts) {
        return Autograd.in(
                Autograd.Mode.GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        NDArray leaf = Autograd.leaf(pixels);
                        NDArray rewards = reward(leaf, prompts);
                        NDArray ones = rewards.onesLike();
                        NDArray gradient =
                                Autograd.gradients(rewards, ones, List.of(leaf))
                                        .get(0)
                                        .orElseThrow(
                                                () ->
                                                        new IllegalStateException(
                                                                "DifferentiableReward: the reward"
                                                                        + " does not depend on the"
                                                                        + " pixels; keep it in tensor"
                                                                        + " operations"));
                        NDArray value = Autograd.detach(rewards);
                        return new RewardGradient(scope.keep(value), scope.keep(gradient));
                    }
                });
    }

    /**
     * Rewards of a batch and their gradients.
     *
     * @param rewards (B), without history
     * @param gradient (B, 3, H, W): at image b, the derivative of reward b
     */
    record RewardGradient(NDArray rewards, NDArray gradient) {}
}
