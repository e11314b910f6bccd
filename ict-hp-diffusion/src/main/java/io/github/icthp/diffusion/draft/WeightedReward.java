package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.List;

/**
 * A weighted sum of rewards. Each is differentiated on its own, so that only one's graph is in
 * memory at a time.
 */
public final class WeightedReward implements DifferentiableReward {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(WeightedReward.class, "draft.torchscript");

    private final List<Term> terms;

    private record Term(DifferentiableReward reward, double weight) {}

    private WeightedReward(List<Term> terms) {
        this.terms = List.copyOf(terms);
    }

    /**
     * Begins a sum.
     *
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the sum of one
     * @throws IllegalArgumentException if the weight is not finite
     */
    public static WeightedReward of(double weight, DifferentiableReward reward) {
        return new WeightedReward(List.of()).plus(weight, reward);
    }

    /**
     * Returns this sum with another reward in it.
     *
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the longer sum
     * @throws IllegalArgumentException if the weight is not finite
     */
    public WeightedReward plus(double weight, DifferentiableReward reward) {
        Preconditions.checkArgument(
                Double.isFinite(weight), "WeightedReward: a weight must be finite, got %s", weight);
        List<Term> longer = new ArrayList<>(terms);
        longer.add(new Term(reward, weight));
        return new WeightedReward(longer);
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        List<NDArray> parts = new ArrayList<>();
        for (Term term : terms) {
            parts.add(term.reward.reward(pixels, prompts));
        }
        return sum(parts);
    }

    @Override
    public RewardGradient gradient(NDArray pixels, List<String> prompts) {
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> rewards = new ArrayList<>();
            List<NDArray> gradients = new ArrayList<>();
            for (Term term : terms) {
                RewardGradient part = term.reward.gradient(pixels, prompts);
                rewards.add(part.rewards());
                gradients.add(part.gradient());
            }
            return new RewardGradient(scope.keep(sum(rewards)), scope.keep(sum(gradients)));
        }
    }

    private NDArray sum(List<NDArray> parts) {
        return PROGRAM.call(
                "weighted_sum", parts, terms.stream().mapToDouble(Term::weight).toArray());
    }
}
