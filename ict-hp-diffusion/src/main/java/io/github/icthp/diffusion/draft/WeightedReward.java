package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A weighted sum of rewards. Each is differentiated on its own, so that only one's graph is in
 * memory at a time. A run's metrics hold each term's mean, before its weight, as {@code
 * reward.NAME}.
 *
 * <pre>{@code
 * WeightedReward.of("ict-hp", 1, model.differentiable())
 *         .plus("noise", -0.2, (pixels, prompts) -> PixelRewards.totalVariation(pixels));
 * }</pre>
 */
public final class WeightedReward implements DifferentiableReward {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(WeightedReward.class, "draft.torchscript");

    private final List<Term> terms;
    private final Consumer<Map<String, NDArray>> watcher;

    private record Term(String name, DifferentiableReward reward, double weight) {}

    private WeightedReward(List<Term> terms, Consumer<Map<String, NDArray>> watcher) {
        this.terms = List.copyOf(terms);
        this.watcher = watcher;
    }

    /**
     * Begins a sum with a term that is called by its number, 1.
     *
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the sum of one
     * @throws IllegalArgumentException if the weight is not finite
     */
    public static WeightedReward of(double weight, DifferentiableReward reward) {
        return new WeightedReward(List.of(), parts -> {}).plus(weight, reward);
    }

    /**
     * Begins a sum.
     *
     * @param name what metrics and messages call the term
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the sum of one
     * @throws IllegalArgumentException if the name is blank or the weight is not finite
     */
    public static WeightedReward of(String name, double weight, DifferentiableReward reward) {
        return new WeightedReward(List.of(), parts -> {}).plus(name, weight, reward);
    }

    /**
     * Returns this sum with another reward in it, which is called by its number.
     *
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the longer sum
     * @throws IllegalArgumentException if the weight is not finite
     */
    public WeightedReward plus(double weight, DifferentiableReward reward) {
        return plus(String.valueOf(terms.size() + 1), weight, reward);
    }

    /**
     * Returns this sum with another reward in it.
     *
     * @param name what metrics and messages call the term
     * @param weight what the reward counts; negative to punish
     * @param reward a reward
     * @return the longer sum
     * @throws IllegalArgumentException if the name is blank or a term's already, or the weight is
     *     not finite
     */
    public WeightedReward plus(String name, double weight, DifferentiableReward reward) {
        Preconditions.checkArgument(
                Double.isFinite(weight), "WeightedReward: a weight must be finite, got %s", weight);
        Preconditions.checkArgument(
                !name.isBlank() && !names().contains(name),
                "WeightedReward: expected a name that no other term has, got \"%s\" beside %s",
                name,
                names());
        List<Term> longer = new ArrayList<>(terms);
        longer.add(new Term(name, reward.checked("the term \"" + name + "\""), weight));
        return new WeightedReward(longer, watcher);
    }

    /**
     * Returns the names of the terms.
     *
     * @return names in the order of the sum
     */
    public List<String> names() {
        return terms.stream().map(Term::name).toList();
    }

    /** Returns this sum, which tells the terms' rewards (B) of every batch by their names. */
    WeightedReward watched(Consumer<Map<String, NDArray>> by) {
        return new WeightedReward(terms, by);
    }

    @Override
    public String toString() {
        return terms.stream()
                .map(term -> term.weight + " x " + term.name)
                .collect(Collectors.joining(" + ", "WeightedReward[", "]"));
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        List<NDArray> parts = new ArrayList<>();
        for (Term term : terms) {
            parts.add(term.reward.reward(pixels, prompts));
        }
        tell(parts);
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
            tell(rewards);
            return new RewardGradient(scope.keep(sum(rewards)), scope.keep(sum(gradients)));
        }
    }

    private void tell(List<NDArray> parts) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            named.put(terms.get(i).name, parts.get(i));
        }
        watcher.accept(named);
    }

    private NDArray sum(List<NDArray> parts) {
        return PROGRAM.call(
                "weighted_sum", parts, terms.stream().mapToDouble(Term::weight).toArray());
    }
}
