package io.github.icthp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.staged.Activations;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * A reward whose every result is held to the contract of {@link DifferentiableReward}. B batch.
 *
 * @param reward what is checked
 * @param name what messages call it
 */
record CheckedReward(DifferentiableReward reward, String name) implements DifferentiableReward {

    /** What messages call a reward that has no name. */
    static final String UNNAMED = "the reward";

    /** A result that breaks the contract. */
    private static final class BrokenContract extends IllegalStateException {

        private static final long serialVersionUID = 1L;

        /** What messages call the reward. */
        private final String name;

        /** What was expected and received. */
        private final String problem;

        BrokenContract(String name, String problem) {
            super("DifferentiableReward: " + name + ": " + problem);
            this.name = name;
            this.problem = problem;
        }
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        NDArray rewards = reward.reward(pixels, prompts);
        requireRewards(name, rewards, pixels);
        if (Autograd.mode() == Autograd.Mode.GRADIENT && Autograd.requiresGradient(pixels)) {
            requireGraph(name, rewards);
        }
        return rewards;
    }

    @Override
    public RewardGradient gradient(NDArray pixels, List<String> prompts, Activations activations) {
        RewardGradient found = named(pixels, prompts, activations);
        requireRewards(name, found.rewards(), pixels);
        requireGradient(found, pixels, prompts);
        return found;
    }

    private RewardGradient named(NDArray pixels, List<String> prompts, Activations activations) {
        try {
            return reward.gradient(pixels, prompts, activations);
        } catch (BrokenContract e) {
            if (e.name.equals(UNNAMED)) {
                throw new BrokenContract(name, e.problem);
            }
            throw e;
        }
    }

    /** Requires one floating-point number a picture, on the pictures' device. */
    static void requireRewards(String name, @Nullable NDArray rewards, NDArray pixels) {
        require(rewards != null, name, "a tensor", "null", "return one reward for each picture");
        require(
                rewards.getDevice().equals(pixels.getDevice()),
                name,
                "rewards on the pixels' device, " + pixels.getDevice(),
                rewards.getDevice() + "",
                "move what they are computed with there by Tensors.to");
        Shape expected = new Shape(pixels.getShape().get(0));
        require(
                rewards.getShape().equals(expected),
                name,
                "one reward for each picture, shape " + expected,
                rewards.getShape() + "",
                "average over each picture's own values, as PixelRewards.mean does, and flatten"
                        + " what has one column");
        DType type = Tensors.dtype(rewards);
        require(
                type.isFloating(),
                name,
                "floating-point rewards",
                type + "",
                "leave out casts to integers, comparisons and counts: nothing can be"
                        + " differentiated through them");
    }

    /** Requires that something was recorded. */
    static void requireGraph(String name, NDArray rewards) {
        if (!Autograd.requiresGradient(rewards)) {
            throw noGradient(name);
        }
    }

    static IllegalStateException noGradient(String name) {
        return new BrokenContract(
                name,
                "expected rewards that can be differentiated with respect to the pixels,"
                        + " got some that do not depend on them; keep everything in tensor"
                        + " operations, without detach, arrays of Java, comparisons or INFERENCE"
                        + " mode");
    }

    private void requireGradient(RewardGradient found, NDArray pixels, List<String> prompts) {
        NDArray gradient = found.gradient();
        require(gradient != null, name, "a gradient", "null", "return one of the pixels' shape");
        require(
                gradient.getShape().equals(pixels.getShape()),
                name,
                "a gradient of the pixels' shape " + pixels.getShape(),
                gradient.getShape() + "",
                "return the derivative of each reward by its own picture");
        if (Tensors.isFinite(found.rewards()) && !Tensors.isFinite(gradient)) {
            throw notFinite(found, prompts);
        }
    }

    private IllegalStateException notFinite(RewardGradient found, List<String> prompts) {
        float[] values = Tensors.toFloats(found.gradient());
        int size = values.length / prompts.size();
        int at = 0;
        while (Float.isFinite(values[at])) {
            at++;
        }
        return new BrokenContract(
                name,
                String.format(
                        Locale.ROOT,
                        "expected a finite gradient, got %s at picture %d of %d, prompt \"%s\","
                                + " whose reward is %s; keep square roots, logarithms and quotients"
                                + " away from 0, for example by adding 1e-6",
                        values[at],
                        at / size + 1,
                        prompts.size(),
                        prompts.get(at / size),
                        Tensors.toFloats(found.rewards())[at / size]));
    }

    private static void require(
            boolean holds, String name, String expected, String got, String next) {
        if (!holds) {
            throw new BrokenContract(
                    name,
                    String.format(Locale.ROOT, "expected %s, got %s; %s", expected, got, next));
        }
    }
}
