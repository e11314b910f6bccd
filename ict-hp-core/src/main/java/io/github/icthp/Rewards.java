package io.github.icthp;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;

import io.github.icthp.torch.staged.Stage;

import java.util.List;
import java.util.function.Function;

/**
 * Rewards made of rewards: sums, products, and sums of standardized terms. All are differentiable,
 * and differentiate their parts one after another.
 *
 * <pre>{@code
 * WeightedReward sum = Rewards.weighted("pickscore", 0.5, pickScore.differentiable())
 *         .plus("ict-hp", 1, ictHp.differentiable());
 * WeightedReward even = Rewards.standardized(sum, pixels, prompts);
 * }</pre>
 */
public final class Rewards {

    private Rewards() {}

    /**
     * Begins a sum.
     *
     * @param name what metrics and messages call the term
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the sum of one, to which {@link WeightedReward#plus} adds
     * @throws IllegalArgumentException if the name is blank or the weight is not finite
     */
    public static WeightedReward weighted(String name, double weight, DifferentiableReward reward) {
        return WeightedReward.empty().plus(name, weight, reward);
    }

    /**
     * Begins a sum with a term that is called by its number, 1.
     *
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the sum of one, to which {@link WeightedReward#plus} adds
     * @throws IllegalArgumentException if the weight is not finite
     */
    public static WeightedReward weighted(double weight, DifferentiableReward reward) {
        return WeightedReward.empty().plus(weight, reward);
    }

    /**
     * Standardizes the terms of a sum, so that weights compare rewards of different scales: a term
     * counts as (reward - mean) / deviation, as measured on a sample. The numbers are in {@link
     * WeightedReward#standardizations} and in the record of a run, and never change.
     *
     * @param sum the terms and their weights
     * @param pixels (B, 3, H, W), RGB in [0, 1]: pictures such as the base model makes, B at least
     *     2, and better some dozens
     * @param prompts B prompts
     * @return the sum of standardized terms
     * @throws IllegalArgumentException if there are too few pictures, a reward is not finite, or
     *     one is the same for all
     * @see Standardization#of(RewardModel, java.util.stream.Stream)
     */
    public static WeightedReward standardized(
            WeightedReward sum, NDArray pixels, List<String> prompts) {
        return sum.standardized(sum.measured(pixels, prompts));
    }

    /**
     * Makes a reward of stages, so that its gradient needs the memory of one stage where DRaFT-K
     * recomputes block by block: a large network of one's own.
     *
     * <pre>{@code
     * DifferentiableReward mine = Rewards.staged(prompts -> List.of(embedding, layer, head(prompts)));
     * }</pre>
     *
     * @param stages gives for B prompts the stages from pixels (B, 3, H, W), RGB in [0, 1], to
     *     rewards (B); each takes what the one before returned, without context
     * @return the reward
     */
    public static DifferentiableReward staged(Function<List<String>, List<Stage>> stages) {
        return new StagedReward(stages);
    }

    /**
     * Multiplies rewards. The sign of a factor turns the others' meaning: where one is negative,
     * the product grows as another falls, so take factors that are positive on what is optimized,
     * such as probabilities.
     *
     * @param factors at least two rewards
     * @return their product
     * @throws IllegalArgumentException if there are fewer
     */
    public static DifferentiableReward product(DifferentiableReward... factors) {
        Preconditions.checkArgument(
                factors.length > 1,
                "Rewards.product: expected at least 2 factors, got %s",
                factors.length);
        return new ProductReward(ImmutableList.copyOf(factors));
    }
}
