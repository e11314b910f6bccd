package io.github.icthp;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.Floats;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Activations;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A weighted sum of rewards, begun by {@link Rewards#weighted}. Each is differentiated on its own,
 * so that only one's graph is in memory at a time. The metrics of a DRaFT-K run hold each term's
 * mean, before its weight and as it is before it is standardized, as {@code reward.NAME}.
 *
 * <pre>{@code
 * Rewards.weighted("ict-hp", 1, model.differentiable())
 *         .plus("noise", -0.2, (pixels, prompts) -> PixelRewards.totalVariation(pixels));
 * }</pre>
 */
public final class WeightedReward implements DifferentiableReward {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(WeightedReward.class, "rewards.torchscript");

    private final List<Term> terms;
    private final Consumer<Map<String, NDArray>> watcher;

    private record Term(
            String name,
            DifferentiableReward reward,
            double weight,
            Optional<Standardization> standard) {

        double shift() {
            return standard.map(Standardization::mean).orElse(0.0);
        }

        double factor() {
            return weight / standard.map(Standardization::deviation).orElse(1.0);
        }

        @Override
        public String toString() {
            return weight + " x " + standard.map(s -> s.of(name)).orElse(name);
        }
    }

    private WeightedReward(List<Term> terms, Consumer<Map<String, NDArray>> watcher) {
        this.terms = List.copyOf(terms);
        this.watcher = watcher;
    }

    static WeightedReward empty() {
        return new WeightedReward(List.of(), parts -> {});
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
        longer.add(
                new Term(
                        name,
                        reward.checked("the term \"" + name + "\""),
                        weight,
                        Optional.empty()));
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

    /**
     * Returns the weights.
     *
     * @return what each term counts, by its name, in the order of the sum
     */
    public Map<String, Double> weights() {
        return terms.stream().collect(ImmutableMap.toImmutableMap(Term::name, Term::weight));
    }

    /**
     * Returns this sum with every term standardized: it counts as (reward - mean) / deviation.
     *
     * @param standards a standardization for each of {@link #names}
     * @return the sum of standardized terms
     * @throws IllegalArgumentException if they are of other names
     */
    public WeightedReward standardized(Map<String, Standardization> standards) {
        Preconditions.checkArgument(
                standards.keySet().equals(weights().keySet()),
                "WeightedReward.standardized: expected a standardization of each of %s, got %s",
                names(),
                standards.keySet());
        List<Term> standardized =
                terms.stream()
                        .map(
                                term ->
                                        new Term(
                                                term.name,
                                                term.reward,
                                                term.weight,
                                                Optional.ofNullable(standards.get(term.name))))
                        .toList();
        return new WeightedReward(standardized, watcher);
    }

    /**
     * Returns how terms are standardized: with these numbers a later process makes the same sum.
     *
     * @return means and deviations by the terms' names; empty if terms count as they are
     */
    public Map<String, Standardization> standardizations() {
        ImmutableMap.Builder<String, Standardization> found = ImmutableMap.builder();
        terms.forEach(term -> term.standard.ifPresent(value -> found.put(term.name, value)));
        return found.buildOrThrow();
    }

    /** Measures every term as it is on one batch. */
    Map<String, Standardization> measured(NDArray pixels, List<String> prompts) {
        Map<String, Standardization> found = new LinkedHashMap<>();
        for (Term term : terms) {
            found.put(
                    term.name,
                    Standardization.named(
                            "the term \"" + term.name + "\"",
                            values(term.reward, pixels, prompts)));
        }
        return found;
    }

    private static double[] values(
            DifferentiableReward reward, NDArray pixels, List<String> prompts) {
        return TensorScope.call(
                pixels.getDevice(),
                () -> {
                    NDArray rewards =
                            Autograd.in(
                                    Autograd.Mode.NO_GRADIENT,
                                    () -> reward.reward(pixels, prompts));
                    return Doubles.toArray(Floats.asList(Tensors.toFloats(rewards)));
                });
    }

    /**
     * Returns this sum, which reports the terms' rewards of every batch.
     *
     * @param by hears the rewards (B) by the terms' names, before weights and standardization; they
     *     belong to the caller's scope
     * @return the reporting sum
     */
    public WeightedReward watched(Consumer<Map<String, NDArray>> by) {
        return new WeightedReward(terms, by);
    }

    @Override
    public String toString() {
        return terms.stream()
                .map(Term::toString)
                .collect(Collectors.joining(" + ", "WeightedReward[", "]"));
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        List<NDArray> parts = new ArrayList<>();
        for (Term term : terms) {
            parts.add(term.reward.reward(pixels, prompts));
        }
        tell(parts);
        return sum(parts, terms.stream().mapToDouble(Term::shift).toArray());
    }

    @Override
    public RewardGradient gradient(NDArray pixels, List<String> prompts, Activations activations) {
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> rewards = new ArrayList<>();
            List<NDArray> gradients = new ArrayList<>();
            for (Term term : terms) {
                RewardGradient part = term.reward.gradient(pixels, prompts, activations);
                rewards.add(part.rewards());
                gradients.add(part.gradient());
            }
            tell(rewards);
            return new RewardGradient(
                    scope.keep(sum(rewards, terms.stream().mapToDouble(Term::shift).toArray())),
                    scope.keep(sum(gradients, new double[terms.size()])));
        }
    }

    private void tell(List<NDArray> parts) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            named.put(terms.get(i).name, parts.get(i));
        }
        watcher.accept(named);
    }

    private NDArray sum(List<NDArray> parts, double[] shifts) {
        double[] factors = terms.stream().mapToDouble(Term::factor).toArray();
        return PROGRAM.call("weighted_sum", parts, shifts, factors);
    }
}
